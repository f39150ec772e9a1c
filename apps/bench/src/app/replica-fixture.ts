import type { Ref } from '@tenantry/protocol';
import { createPayloadCodec, encodeEnvelope, ownerOf } from '@tenantry/protocol/wire';
import { createReplica, type RecordChange } from '@tenantry/redis';
import type { BenchContext } from '../bench-context.ts';
import { newRow, type SettingsRow, settings } from './benched-app.ts';

const codec = createPayloadCodec();

/** Rows as a database would have numbered them. */
export function numberedRows(tenant: string, rows: number): SettingsRow[] {
  return Array.from({ length: rows }, (_, i) => ({ id: i + 1, ...newRow(tenant) }));
}

/** The change that a publisher would make of a row, under the first so many of its keys. */
export function changeOf(row: SettingsRow, version: number, keys = 1): RecordChange {
  const owner = ownerOf('settings', String(row.id));
  const envelope = encodeEnvelope({ version, updatedAt: Date.now(), expiresAt: 0, owner, payload: codec.encode(row) });
  // As if there were keys of more properties.
  const others = Array.from(
    { length: Math.max(0, keys - 3) },
    (_, n) => refsOf({ id: row.id, slug: `${row.slug}-${n}` })[2],
  );
  const addresses = [...refsOf(row), ...others].map(ref => ref?.address as string);
  return { owner, version, op: 'put', addresses: addresses.slice(0, keys), envelope };
}

/** Every key of a row, that of its id first. */
export function refsOf({ id, slug }: Pick<SettingsRow, 'id' | 'slug'>): Ref<SettingsRow>[] {
  return [settings.by('id', { id }), settings.by('slug', { slug }), settings.by('idAndSlug', { id, slug })];
}

export function refOf(row: SettingsRow): Ref<SettingsRow> {
  return settings.by('id', { id: row.id });
}

/** Fills a tenant without a database. */
export async function publishRows(
  { redis, prefix }: Pick<BenchContext, 'redis' | 'prefix'>,
  tenant: string,
  rows: readonly SettingsRow[],
  keys = 1,
): Promise<void> {
  const replica = createReplica({ redis, prefix });
  for (let first = 0; first < rows.length; first += 500) {
    const changes = rows.slice(first, first + 500).map(row => changeOf(row, row.id, keys));
    await replica.apply(tenant, changes);
  }
}
