import { GLOBAL_TENANT, type Tenant, TenantryError, tenantId } from '@tenantry/protocol';
import { tenantOfText, tenantText } from '@tenantry/protocol/internal';
import type { ReplicatedDefinition } from '../definitions/replicated-definition.ts';
import { type NewOutboxRow, type OutboxRow, RECORD_ID_LENGTH } from '../tables/outbox.ts';

/** Where a record stood before a change. */
export interface Before {
  readonly tenant?: Tenant | undefined;
  readonly addresses?: readonly string[] | undefined;
}

/** One changed row of a transaction, before and after it became an outbox row. */
export interface RowChange {
  readonly definition: ReplicatedDefinition;
  readonly recordId: string;
  op: OutboxRow['op'];
  tenant: Tenant | undefined;
  before: Before | undefined;
  /** The id of the outbox row that names it, once inserted. */
  id?: number;
  /** What orders it, where that is not the id: the row that named it before was split. */
  readonly version?: number;
  /**
   * The last of several that one statement inserted. MySQL and MariaDB tell the id of the first, and the driver counts on from there
   * with the step (`auto_increment_increment`) it once asked for. If the outbox has this one, the ids before it are right, too.
   */
  endsCount?: true;
  /** The W3C `traceparent` of its commit, on one change of each statement of a transaction that is traced. */
  trace?: string;
  /** Why it was given up on when it was captured. */
  readonly error?: TenantryError;
}

export function toOutboxRow(change: RowChange, transactionId: string, createdAt: number): NewOutboxRow {
  const { definition, recordId, op, tenant, before, error, trace } = change;
  checkRecordId(change);
  return {
    transactionId,
    definition: definition.name,
    recordId,
    tenant: textOf(definition, tenant) ?? null,
    op,
    availableAt: error ? null : 0,
    createdAt,
    ...(error ? { lastError: `${error.code}: ${error.message}` } : {}),
    ...(before || trace !== undefined ? { before: encodeBefore(definition, before, trace) } : {}),
  };
}

/** `INVALID_KEY` for a record whose id no column takes. */
export function checkRecordId({ definition, recordId }: Pick<RowChange, 'definition' | 'recordId'>): void {
  if (recordId.length <= RECORD_ID_LENGTH) return;
  throw new TenantryError(
    'INVALID_KEY',
    `"${definition.name}": a primary key takes ${recordId.length} characters once escaped, at most ${RECORD_ID_LENGTH} can be replicated. The transaction was refused.`,
  );
}

function encodeBefore(definition: ReplicatedDefinition, before: Before | undefined, trace: string | undefined): string {
  return JSON.stringify({ tenant: textOf(definition, before?.tenant), addresses: before?.addresses, trace });
}

function textOf({ hasTenants }: ReplicatedDefinition, tenant: Tenant | undefined): string | undefined {
  return hasTenants && tenant !== undefined ? tenantText(tenant) : undefined;
}

/** The reverse of `toOutboxRow`, for a row that names one record. A definition without tenants keeps nothing in the tenant's column. */
export function fromOutboxRow(
  row: Pick<OutboxRow, 'id' | 'recordId' | 'tenant' | 'op' | 'before'>,
  definition: ReplicatedDefinition,
): RowChange {
  const tenant = (id: string | null | undefined) => {
    if (!definition.hasTenants) return GLOBAL_TENANT;
    return definition.hasScopes && typeof id === 'string' ? tenantOfText(id) : validTenant(id);
  };
  const before =
    row.before === null
      ? undefined
      : (JSON.parse(row.before) as { tenant?: string; addresses?: string[]; trace?: string });
  return {
    definition,
    recordId: row.recordId,
    op: row.op,
    tenant: tenant(row.tenant),
    before: before && { tenant: tenant(before.tenant), addresses: before.addresses },
    id: Number(row.id),
    ...(before?.trace !== undefined && { trace: before.trace }),
  };
}

/** A trigger writes down whatever stands in the tenant's column. */
function validTenant(id: unknown): Tenant | undefined {
  try {
    return tenantId(id);
  } catch {
    return undefined;
  }
}
