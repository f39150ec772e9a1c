import { isObject } from '../../json/is-object.ts';
import type { Plan } from '../plan.ts';

type Check = (value: unknown) => boolean;

const text: Check = value => typeof value === 'string';
const truth: Check = value => typeof value === 'boolean';
const count: Check = value => Number.isSafeInteger(value) && Number(value) >= 0;
const maybe =
  (check: Check): Check =>
  value =>
    value === undefined || check(value);
const list =
  (check: Check): Check =>
  value =>
    Array.isArray(value) && value.every(check);
const table =
  (check: Check): Check =>
  value =>
    isObject(value) && Object.values(value).every(check);
const fields =
  (checks: Readonly<Record<string, Check>>): Check =>
  value =>
    isObject(value) && Object.entries(checks).every(([name, check]) => check(value[name]));

const change = fields({
  ...{ config: text, op: value => value === 'set' || value === 'unset', ifVersion: count, place: text },
  ...{ json: maybe(text), beforeJson: maybe(text), endsAt: maybe(count), origin: maybe(text) },
  ...{ isSecret: truth, isAlone: truth, references: maybe(table(text)) },
});
const groups = fields({
  ...{ before: maybe(list(text)), groups: list(text), ifVersion: count, origin: maybe(text), place: text },
});
const scope = fields({ scope: text, groups: maybe(groups), changes: list(value => change(value) && hasValue(value)) });
const warning = fields({ place: text, message: text });
const problem = fields({ place: text, code: text, message: text });
const how = fields({ name: text, policy: text, secrets: text, prune: truth });
const plan = fields({
  how: maybe(how),
  ...{ url: text, at: text, from: text, scopes: list(scope), same: count, owned: count },
  ...{ uncompared: list(text), problems: list(problem), warnings: maybe(list(warning)) },
  left: list(fields({ scope: text, config: text, why: text, by: maybe(text) })),
  reach: fields({ tenants: count, complete: truth, examples: list(text) }),
});

/** Whether a value has all that a plan has, each of its kind: a file may have been changed, or cut off. */
export function isPlan(value: unknown): value is Plan {
  return plan(value);
}

function hasValue(value: unknown): boolean {
  const { op, json } = value as { readonly op: string; readonly json?: string };
  return op === 'unset' || json !== undefined;
}
