import type { BodyOf } from '@tenantry/admin-api';
import type { Api } from '../connection/api.ts';
import { Failure } from '../failures/failure.ts';
import type { Io } from '../program/io.ts';
import { addressedGroup } from './addressed-group.ts';
import type { Plan, PlannedChange, PlannedGroups, PlannedScope } from './plan.ts';
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
  /** Told of each scope as it is over. */
  readonly onScope?: ((applied: AppliedScope) => void) | undefined;
}

const MOST_AT_ONCE = 1_000;

/**
 * Makes the changes of a plan, one scope after the other: the groups first, so that values find them, then all values of the scope in one transaction. A scope in which anything
 * stands otherwise than the plan saw it is refused as a whole, and the others go on. After Ctrl-C no further scope is begun.
 */
export async function applyPlan(parts: ApplyParts, { scopes }: Plan): Promise<readonly AppliedScope[]> {
  const failed = new Map<string, Failure>();
  for (const { scope, groups } of groupsFirst(scopes)) {
    if (groups === undefined) continue;
    const failure = await failureOf(parts, () => writeGroups(parts, scope, groups));
    if (failure) failed.set(scope, failure);
  }
  const applied: AppliedScope[] = [];
  for (const planned of scopes) {
    const before = failed.get(planned.scope);
    const done = before ? { scope: planned.scope, changed: 0, failure: before } : await applyScope(parts, planned);
    applied.push(done);
    parts.onScope?.(done);
  }
  return applied;
}

/** Groups before those that are in them: a group must be there before somebody can be in it. */
function groupsFirst(scopes: readonly PlannedScope[]): readonly PlannedScope[] {
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
  for (const planned of scopes) visit(planned);
  return [...ordered];
}

async function writeGroups({ api, reason }: ApplyParts, scope: string, { groups, etag }: PlannedGroups): Promise<void> {
  const { id, names } = addressedGroup(scope);
  const body = { groups: [...groups], ...(reason !== undefined && { reason }) };
  const condition = etag === undefined ? { ifNoneMatch: '*' } : { ifMatch: etag };
  await api.call(id, { names, body, ...condition } as never);
}

async function applyScope(parts: ApplyParts, { scope, changes, groups }: PlannedScope): Promise<AppliedScope> {
  let changed = groups ? 1 : 0;
  const failure = await failureOf(parts, async () => {
    const together = changes.filter(({ isWriteBack }) => !isWriteBack);
    if (together.length > MOST_AT_ONCE)
      throw new Failure(
        'INVALID_OPTION',
        `${together.length} changes of one scope are more than one transaction takes (${MOST_AT_ONCE}).`,
      );
    const bodies = await Promise.all(together.map(change => toBulk(change, parts.io.env)));
    if (bodies.length > 0) {
      await parts.api.call('configs.bulk', {
        names: { scope },
        body: { changes: bodies, ...(parts.reason !== undefined && { reason: parts.reason }) },
      });
      changed += bodies.length;
    }
    for (const change of changes.filter(({ isWriteBack }) => isWriteBack)) {
      await writeAlone(parts, scope, change);
      changed++;
    }
  });
  return { scope, changed, failure };
}

async function toBulk(change: PlannedChange, env: Io['env']): Promise<BodyOf<'configs.bulk'>['changes'][number]> {
  const { config, op, ifVersion, json } = change;
  if (op === 'unset') return { config, ifVersion, unset: true };
  return { config, ifVersion, json: change.isSecret ? await resolved(json as string, env) : (json as string) };
}

/** What Redis gets first cannot be in a transaction of the database. */
async function writeAlone({ api, io, reason }: ApplyParts, scope: string, change: PlannedChange): Promise<void> {
  const names = { scope, config: change.config };
  const { answer, etag } = await api.call('configs.get', { names });
  if (answer.version !== change.ifVersion)
    throw new Failure(
      'CONFLICT',
      `${change.config} is at version ${answer.version}, and the plan saw ${change.ifVersion}: it was not written.`,
    );
  const { json } = await toBulk(change, io.env);
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
