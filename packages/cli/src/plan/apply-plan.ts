import { atMost } from '@tenantry/protocol/internal';
import type { Api } from '../connection/api.ts';
import { Failure } from '../failures/failure.ts';
import type { Io } from '../program/io.ts';
import { type Bulk, bulkBody, bulkBytes, toBulk } from './bulk-body.ts';
import { isAsPlanned } from './is-as-planned.ts';
import type { Plan, PlannedChange, PlannedScope } from './plan.ts';
import { resolved } from './secrets.ts';

/** How one scope went: all of it, or why nothing of it. */
export interface AppliedScope {
  readonly scope: string;
  /** How many changes were made. */
  readonly changed: number;
  /** What stopped it. What is counted in `changed` was made before. */
  readonly failure?: Failure | undefined;
}

/** What applying works with. */
export interface ApplyParts {
  readonly api: Api;
  readonly io: Pick<Io, 'env' | 'signal'>;
  readonly reason: string | undefined;
}

/** How many tenants are written at once: the server has a transaction for each. */
const TENANTS_AT_ONCE = 6;

/** The server takes one that is longer at a time. */
const LONG_BYTES = 1_000_000;

/** What other scopes of the same plan may put right. */
const WAITS_FOR_OTHERS: ReadonlySet<string> = new Set([
  ...(['UNKNOWN_GROUP', 'BREAKS_BELOW', 'INVALID_VALUE', 'GROUP_IN_USE', 'GROUPS_TOO_DEEP', 'GROUP_CYCLE'] as const),
]);

/**
 * Makes the changes of a plan: the groups and values of a scope in one transaction, what others inherit before those who inherit it, and tenants beside each other. A scope in
 * which anything stands otherwise than the plan saw it is refused as a whole, and the others go on; one that was refused for what other scopes say is tried again after them.
 * A scope that is as the plan says already is done. After Ctrl-C no further scope is begun. The results are in the order of the plan.
 */
export async function applyPlan(parts: ApplyParts, { scopes }: Plan): Promise<readonly AppliedScope[]> {
  const results = new Map<PlannedScope, AppliedScope>();
  const apply = async (planned: PlannedScope) => void results.set(planned, await applyScope(parts, planned));
  for (let pending = scopes, before = Number.POSITIVE_INFINITY; pending.length > 0 && pending.length < before; ) {
    before = pending.length;
    for (const planned of aboveTenants(pending)) await apply(planned);
    const tenants = Map.groupBy(
      pending.filter(({ scope }) => isTenant(scope)),
      planned => bulkBytes(planned) > LONG_BYTES,
    );
    await atMost(TENANTS_AT_ONCE, tenants.get(false) ?? [], apply);
    await atMost(1, tenants.get(true) ?? [], apply);
    pending = pending.filter(planned => waitsForOthers(results.get(planned) as AppliedScope));
  }
  return scopes.map(planned => results.get(planned) as AppliedScope);
}

function isTenant(scope: string): boolean {
  return scope.startsWith('tenants/');
}

function waitsForOthers({ changed, failure }: AppliedScope): boolean {
  return failure !== undefined && changed === 0 && WAITS_FOR_OTHERS.has(failure.code);
}

/** The global scope, and groups before those that are in them: a group must be there before somebody can be in it. */
function aboveTenants(scopes: readonly PlannedScope[]): readonly PlannedScope[] {
  const byScope = new Map(scopes.map(each => [each.scope, each]));
  const ordered = new Set<PlannedScope>();
  const visiting = new Set<string>();
  const visit = (planned: PlannedScope): void => {
    // A cycle is refused by the server, which says so.
    if (visiting.has(planned.scope)) return;
    visiting.add(planned.scope);
    for (const group of planned.groups?.groups ?? []) {
      const above = byScope.get(`groups/${group}`);
      if (above) visit(above);
    }
    ordered.add(planned);
  };
  for (const planned of scopes) if (!isTenant(planned.scope)) visit(planned);
  return [...ordered];
}

async function applyScope(parts: ApplyParts, planned: PlannedScope): Promise<AppliedScope> {
  const { scope, changes, groups } = planned;
  let changed = 0;
  const resolve = (json: string) => resolved(json, parts.io.env);
  const failure = await failureOf(parts, async () => {
    const together = changes.filter(({ isAlone }) => !isAlone);
    // All secrets of the scope are there before anything of it is written, its groups included.
    const bodies = await Promise.all(together.map(change => toBulk(change, resolve)));
    const alone = await Promise.all(
      changes.filter(({ isAlone }) => isAlone).map(async change => [change, await toBulk(change, resolve)] as const),
    );
    if (bodies.length > 0 || groups) {
      await parts.api.call('configs.bulk', { names: { scope }, body: bulkBody(bodies, groups, parts.reason) });
      changed += bodies.length + (groups ? 1 : 0);
    }
    for (const [change, body] of alone) {
      await writeAlone(parts, scope, change, body);
      changed++;
    }
  });
  // The plan was applied before.
  const isDone = failure?.code === 'CONFLICT' && changed === 0 && (await isAsPlanned(parts.api, planned));
  return isDone ? { scope, changed: 0 } : { scope, changed, failure };
}

/** What is only in Redis cannot be in a transaction of the database. */
async function writeAlone(
  { api, reason }: ApplyParts,
  scope: string,
  change: PlannedChange,
  { json }: Bulk,
): Promise<void> {
  const names = { scope, config: change.config };
  const { answer, etag } = await api.call('configs.get', { names });
  if (answer.version !== change.ifVersion)
    throw new Failure(
      'CONFLICT',
      `${change.config} is at version ${answer.version}, and the plan saw ${change.ifVersion}: it was not written.`,
    );
  if (json === undefined) await api.call('configs.unset', { names, query: { reason }, ifMatch: etag });
  else await api.call('configs.set', { names, body: { json, ...(reason !== undefined && { reason }) }, ifMatch: etag });
}

/** What stopped the work; what is no failure of a call is thrown. */
async function failureOf({ io }: ApplyParts, work: () => Promise<void>): Promise<Failure | undefined> {
  try {
    if (io.signal.aborted) return new Failure('ABORTED', 'It was not begun: the program was told to end.');
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error;
    if (io.signal.aborted)
      return new Failure(
        'ABORTED',
        'The program was told to end: whether all of it was written or nothing is not known.',
      );
    throw error;
  }
}
