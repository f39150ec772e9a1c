import type { BodyOf } from '@tenantry/admin-api';
import { toJson } from '../json/raw-numbers.ts';
import type { PlannedChange, PlannedGroups, PlannedScope } from './plan.ts';

/** One change of a scope, as the server takes it. */
export type Bulk = BodyOf<'configs.bulk'>['changes'][number];

/** `resolve` puts secrets in the places of their references. */
export async function toBulk(change: PlannedChange, resolve: (json: string) => Promise<string>): Promise<Bulk> {
  const { json, isSecret } = change;
  return unresolved(isSecret && json !== undefined ? { ...change, json: await resolve(json) } : change);
}

function unresolved({ config, op, ifVersion, json, origin }: PlannedChange): Bulk {
  const own = { config, ifVersion, ...(origin !== undefined && { origin }) };
  return op === 'unset' ? { ...own, unset: true } : { ...own, json: json as string };
}

/** The transaction of a scope. */
export function bulkBody(
  changes: Bulk[],
  groups: PlannedGroups | undefined,
  reason: string | undefined,
): BodyOf<'configs.bulk'> {
  return { changes, ...(groups && { groups: toGroups(groups) }), ...(reason !== undefined && { reason }) };
}

function toGroups({ groups, ifVersion, origin }: PlannedGroups): NonNullable<BodyOf<'configs.bulk'>['groups']> {
  return { groups: [...groups], ifVersion, ...(origin !== undefined && { origin }) };
}

/** A reason, and what is around the changes. */
const BESIDE_BYTES = 8_000;

/** How long that body is, at most; references to secrets count as they are written. */
export function bulkBytes({ changes, groups }: PlannedScope): number {
  const together = changes.filter(({ isAlone }) => !isAlone);
  const beside = BESIDE_BYTES + (groups ? bytesOf(toGroups(groups)) : 0);
  return together.reduce((sum, change) => sum + bytesOf(unresolved(change)) + 1, beside);
}

/** How long a body with this value alone is. */
export function aloneBytes({ json = '' }: PlannedChange): number {
  return BESIDE_BYTES + bytesOf(json);
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(toJson(value));
}
