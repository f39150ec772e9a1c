import type { Ref } from '@tenantry/protocol';
import { createPayloadCodec, encodeEnvelope, ownerOf } from '@tenantry/protocol/wire';
import { createReplica, type RecordChange } from '@tenantry/redis';
import type { BenchContext } from './bench-context.ts';
import { newRow, type SettingsRow, settings } from './benched-app.ts';

/** Fills a tenant without a database, and answers the refs by which its rows are found. */
export async function fillTenant(
  { redis, prefix }: BenchContext,
  tenant: string,
  rows: number,
): Promise<Ref<unknown>[]> {
  const replica = createReplica({ redis, prefix });
  const codec = createPayloadCodec();
  const refs: Ref<unknown>[] = [];
  for (let first = 1; first <= rows; first += 500) {
    const changes = Array.from({ length: Math.min(500, rows - first + 1) }, (_, i): RecordChange => {
      const row: SettingsRow = { id: first + i, ...newRow(tenant) };
      const owner = ownerOf('settings', String(row.id));
      const ref = settings.by('id', { id: row.id });
      refs.push(ref);
      const envelope = encodeEnvelope({
        version: row.id,
        updatedAt: Date.now(),
        expiresAt: 0,
        owner,
        payload: codec.encode(row),
      });
      return { owner, version: row.id, op: 'put', addresses: [ref.address], envelope };
    });
    await replica.apply(tenant, changes);
  }
  return refs;
}
