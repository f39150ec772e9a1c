import type { AnswerOf, BodyOf } from '@tenantry/admin-api';
import type { Api } from '../connection/api.ts';
import { toJson } from '../json/raw-numbers.ts';
import type { PlannedChange, PlannedGroups, PlannedScope, PlanProblem } from './plan.ts';

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
function aloneBytes({ json = '' }: PlannedChange): number {
  return BESIDE_BYTES + bytesOf(json);
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(toJson(value));
}

type Limits = NonNullable<AnswerOf<'me.get'>['limits']>;

/** What a server of an earlier release takes, where nobody has told it otherwise. */
const EARLIER: Limits = { bodyBytes: 1_048_576, bulkBytes: 1_048_576, bulkChanges: 1_000 };

/** Scopes that have more to be written than the server takes in one transaction: `apply` would be refused, so nothing of them is planned. */
export async function limitProblems(
  api: Api,
  scopes: readonly PlannedScope[],
): Promise<{ readonly problems: readonly PlanProblem[]; readonly fitting: readonly PlannedScope[] }> {
  if (scopes.length === 0) return { problems: [], fitting: scopes };
  const { limits = EARLIER } = (await api.call('me.get')).answer;
  const problems: PlanProblem[] = [];
  const fitting = scopes.filter(planned => {
    const message = problemOf(planned, limits);
    if (message !== undefined) problems.push({ place: planned.scope, code: 'PAYLOAD_TOO_LARGE', message });
    return message === undefined;
  });
  return { problems, fitting };
}

function problemOf(planned: PlannedScope, { bodyBytes, bulkBytes: most, bulkChanges }: Limits): string | undefined {
  const together = planned.changes.filter(({ isAlone }) => !isAlone).length;
  if (together > bulkChanges)
    return `${together} changes are more than the server takes in one transaction (${bulkChanges})`;
  const bytes = bulkBytes(planned);
  if (bytes > most)
    return `its changes are ${bytes} bytes, and the server takes ${most} in one transaction (\`maxBulkBytes\` of the admin)`;
  const alone = planned.changes.find(change => change.isAlone && aloneBytes(change) > bodyBytes);
  return alone && `${alone.config} is longer than the server takes (${bodyBytes} bytes, \`maxBodyBytes\` of the admin)`;
}
