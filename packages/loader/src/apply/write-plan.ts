import { type ErrorCode, type Scope, TenantryError } from '@tenantry/protocol';
import { atMost, errorLine } from '@tenantry/protocol/internal';
import { type LoadItem, WRITES } from '../plan/load-item.ts';
import { orderScopes } from '../plan/order-scopes.ts';
import type { PlannedItem } from '../plan/plan-scope.ts';
import { withinTime } from './within-time.ts';
import { type WriteParts, writeScope } from './write-scope.ts';

/** A plan by scope, and how to make that of one scope anew. */
export interface Plan {
  readonly items: ReadonlyMap<Scope, readonly PlannedItem[]>;
  /** Others have written since: reads the scope again. */
  planAgain(scope: Scope): Promise<readonly PlannedItem[]>;
}

/** What came of a plan. */
export interface Written {
  readonly items: readonly LoadItem[];
  readonly transactions: number;
  /** True: some may be taken at the next try, because a server was away or others were faster. */
  readonly isRetryable: boolean;
  /** True: of some nobody knows whether they were written, because the answer was lost. */
  readonly isUnsure: boolean;
}

interface Options {
  /** How many transactions run at once. */
  readonly atOnce: number;
  /** True: what is not begun is left. */
  isClosed(): boolean;
}

const TRIES = 5;
/** The longest that a transaction is waited for. */
const LONGEST_MS = 30_000;

/** What other scopes of the same import may put right. */
const WAITS_FOR_OTHERS: ReadonlySet<ErrorCode> = new Set([
  ...(['UNKNOWN_GROUP', 'BREAKS_BELOW', 'INVALID_VALUE', 'GROUP_IN_USE', 'GROUPS_TOO_DEEP', 'GROUP_CYCLE'] as const),
]);

/** Writes a plan, a transaction for each scope. What is refused in one scope leaves the others as they are planned. */
export async function writePlan(parts: WriteParts, plan: Plan, options: Options): Promise<Written> {
  const results = new Map<Scope, ScopeResult>();
  let transactions = 0;
  const write = async (scope: Scope, items: readonly PlannedItem[]) => {
    const result = await tryScope(parts, scope, items, plan, options);
    transactions += result.transactions;
    results.set(scope, result);
  };
  const pending = new Map(plan.items);
  for (let before = Number.POSITIVE_INFINITY; pending.size > 0 && pending.size < before; ) {
    before = pending.size;
    const { above, tenants } = orderScopes(pending);
    const now = new Map(pending);
    for (const scope of above) await write(scope, now.get(scope) as readonly PlannedItem[]);
    await atMost(options.atOnce, tenants, scope => write(scope, now.get(scope) as readonly PlannedItem[]));
    for (const scope of now.keys()) {
      const { waiting } = results.get(scope) as ScopeResult;
      if (waiting) pending.set(scope, waiting);
      else pending.delete(scope);
    }
  }
  return {
    items: [...plan.items.keys()].flatMap(scope => results.get(scope)?.items ?? []),
    transactions,
    isRetryable: [...results.values()].some(({ isRetryable }) => isRetryable),
    isUnsure: [...results.values()].some(({ isUnsure }) => isUnsure),
  };
}

interface ScopeResult {
  readonly items: readonly LoadItem[];
  readonly transactions: number;
  readonly isRetryable: boolean;
  readonly isUnsure?: boolean | undefined;
  /** What may be taken once other scopes are written. */
  readonly waiting?: readonly PlannedItem[] | undefined;
}

async function tryScope(
  parts: WriteParts,
  scope: Scope,
  planned: readonly PlannedItem[],
  plan: Plan,
  { isClosed }: Options,
): Promise<ScopeResult> {
  let items = planned;
  for (let tries = 1; ; tries++) {
    if (!items.some(({ action }) => WRITES.has(action)))
      return { items: items.map(item => toItem(item)), transactions: 0, isRetryable: false };
    if (isClosed()) return { items: refused(items, closedError()), transactions: 0, isRetryable: true };
    try {
      const versions = await withinTime(LONGEST_MS, `Writing ${scope}`, writeScope(parts, scope, items));
      return { items: items.map(item => toItem(item, versions)), transactions: 1, isRetryable: false };
    } catch (thrown) {
      const error = toError(thrown);
      // With the version that was read it would fail for ever: the plan is made anew by what is stored now.
      const isOvertaken = error.code === 'CONFLICT' || error.code === 'NOT_FOUND' || error.code === 'UNAVAILABLE';
      if (isOvertaken && tries < TRIES) {
        const again = await plan.planAgain(scope).catch(() => undefined);
        if (again) {
          items = again;
          continue;
        }
      }
      const waiting = WAITS_FOR_OTHERS.has(error.code) ? items : undefined;
      const isUnsure = error.code === 'UNAVAILABLE' || error.code === 'TIMEOUT';
      const isRetryable = isOvertaken || error.retryable;
      return { items: refused(items, error), transactions: 0, isRetryable, isUnsure, waiting };
    }
  }
}

function toItem(item: PlannedItem, versions?: ReadonlyMap<string, number>): LoadItem {
  const { scope, config, path, action, by, version, endLost } = item;
  return { scope, config, path, action, by, endLost, version: versions?.get(config) ?? version };
}

function refused(items: readonly PlannedItem[], { code, message }: TenantryError): LoadItem[] {
  return items.map(item =>
    WRITES.has(item.action) ? { ...toItem(item), endLost: undefined, action: 'refused', code, message } : toItem(item),
  );
}

function toError(error: unknown): TenantryError {
  if (error instanceof TenantryError) return error;
  return new TenantryError('UNAVAILABLE', `The database failed: ${errorLine(error)}`);
}

function closedError(): TenantryError {
  return new TenantryError('CLOSED', 'The loader was closed before this scope was written.');
}
