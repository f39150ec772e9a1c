import type { Given } from '../../program/options.ts';
import { text } from '../../program/options.ts';
import { momentOf } from '../../values/moment-of.ts';
import { toPlace } from '../../values/scope.ts';

/** Which entries of the audit log are asked for. */
export const FILTER = {
  scope: text('of this scope', { value: 'SCOPE', names: 'scope' }),
  config: text('of this config', { value: 'NAME', names: 'config' }),
  actor: text('by this caller', { value: 'ID' }),
  action: text('of this kind, such as config.set', { value: 'ACTION' }),
  since: text('not before: 2h, 7d, or 2026-01-31T09:15:00Z', { value: 'WHEN' }),
  until: text('before: the same', { value: 'WHEN' }),
} as const;

/** The query of it. */
export function filterQuery({ scope, config, actor, action, since, until }: Given<typeof FILTER>) {
  const named = scope === undefined ? undefined : toPlace(scope);
  return { ...{ scope: named, config, actor, action }, since: momentOf(since, 'past'), until: momentOf(until, 'past') };
}
