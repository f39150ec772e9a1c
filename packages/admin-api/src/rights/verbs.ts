/**
 * What somebody may do: `list` names and states, `view` values, `edit` them, `reveal` secrets, read the `audit` log, `operate` (dead rows, audits,
 * repairs), and `grant` rights to others.
 */
export const VERBS = ['list', 'view', 'edit', 'reveal', 'audit', 'operate', 'grant'] as const;

/** One of `VERBS`. */
export type Verb = (typeof VERBS)[number];

/** The verbs that come with a verb: who may edit a value may see it. */
export const COMES_WITH: Readonly<Record<Verb, readonly Verb[]>> = {
  list: [],
  view: ['list'],
  edit: ['view', 'list'],
  reveal: ['view', 'list'],
  audit: [],
  operate: [],
  grant: [],
};
