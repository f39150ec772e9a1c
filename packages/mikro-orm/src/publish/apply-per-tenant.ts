import { type Tenant, TenantryError } from '@tenantry/protocol';
import { type RecordChange, type Replica, within } from '@tenantry/redis';
import type { PublishedRecord } from '../reports/report.ts';
import type { PresentRow } from './present-rows.ts';

/** What one tenant is told of one record. */
export interface TenantStep {
  readonly present: PresentRow;
  readonly change: RecordChange;
}

/** What became of the steps. */
export interface AppliedSteps {
  readonly published: readonly PublishedRecord[];
  /** Records of a tenant whose names in Redis hold something else, each with the error. */
  readonly failed: ReadonlyMap<PresentRow, unknown>;
  /** Records that Redis did not take, and may take later, each with the error. */
  readonly left: ReadonlyMap<PresentRow, unknown>;
}

// Half of a relay's lease, so that what did get through is known before it ends.
const TENANT_MS = 5_000;
const RECORD_MS = 1;

/** Applies the changes of each tenant in one step, all tenants side by side: one that fails does not hold up the others. */
export async function applyPerTenant(
  replica: Replica,
  steps: ReadonlyMap<Tenant, readonly TenantStep[]>,
  trace?: string,
): Promise<AppliedSteps> {
  const failed = new Map<PresentRow, unknown>();
  const left = new Map<PresentRow, unknown>();
  const perTenant = [...steps].map(async ([tenant, list]) => {
    try {
      const apply = replica.apply(
        tenant,
        list.map(({ change }) => change),
        trace,
      );
      const budgetMs = TENANT_MS + list.length * RECORD_MS;
      const applied = await within(budgetMs, "Publishing one tenant's changes", apply);
      return list.flatMap((step, i) => toPublishedRecord(tenant, step, applied[i] === true) ?? []);
    } catch (error) {
      for (const { present } of list)
        if (isForeignKey(error)) failed.set(present, spoiled());
        else left.set(present, error);
      return [];
    }
  });
  return { published: (await Promise.all(perTenant)).flat(), failed, left };
}

function toPublishedRecord(
  tenant: Tenant,
  { present, change }: TenantStep,
  applied: boolean,
): PublishedRecord | undefined {
  const { version, op, addresses, isBehind } = change;
  if (isBehind) return undefined;
  const { record, recordId } = present;
  return { definition: record.definition.name, recordId, tenant, version, op, addresses, applied };
}

/** One tenant's own trouble, which must not hold up the others for ever as an unreachable Redis may. */
function isForeignKey(error: unknown): boolean {
  return error instanceof Error && /WRONGTYPE/.test(error.message);
}

function spoiled(): TenantryError {
  return new TenantryError(
    'UNAVAILABLE',
    "One of the tenant's names in Redis holds something else: its records cannot be written. Delete what stands there.",
  );
}
