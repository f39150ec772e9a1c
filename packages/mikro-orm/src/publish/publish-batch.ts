import type { Tenant } from '@tenantry/protocol';
import type { ReplicatedDefinition } from '../definitions/replicated-definition.ts';
import type { RowChange } from '../outbox/row-change.ts';

/** One record to bring into Redis, with everything its outbox rows say of it. */
export interface BatchRecord {
  readonly definition: ReplicatedDefinition;
  /** As the change spelled it. */
  readonly recordId: string;
  readonly outboxIds: number[];
  /** The highest of its changes' versions: of outbox ids, where no row was split. */
  version: number;
  /** Every tenant it may stand in or have stood in. */
  readonly tenants: Set<Tenant>;
  readonly addressesBefore: string[];
  /** Of commits that are traced. */
  traces?: string[];
}

/** The records behind some changes, each once: only the present state of a row is published. */
export class PublishBatch {
  readonly #records = new Map<string, BatchRecord>();

  constructor(changes: readonly RowChange[]) {
    for (const change of changes) this.#add(change);
  }

  get records(): BatchRecord[] {
    return [...this.#records.values()];
  }

  byDefinition(): Map<ReplicatedDefinition, BatchRecord[]> {
    return Map.groupBy(this.records, record => record.definition);
  }

  #add({ definition, recordId, id = 0, version = id, tenant, before, trace }: RowChange): void {
    const owner = definition.ownerOf(recordId);
    let record = this.#records.get(owner);
    if (!record) {
      record = { definition, recordId, outboxIds: [], version: 0, tenants: new Set(), addressesBefore: [] };
      this.#records.set(owner, record);
    }
    record.outboxIds.push(id);
    record.version = Math.max(record.version, version);
    if (tenant !== undefined) record.tenants.add(tenant);
    if (before?.tenant !== undefined) record.tenants.add(before.tenant);
    if (before?.addresses) record.addressesBefore.push(...before.addresses);
    if (trace === undefined) return;
    record.traces ??= [];
    record.traces.push(trace);
  }
}
