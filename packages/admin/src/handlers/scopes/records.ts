import { mayAnywhere } from '@tenantry/admin-api';
import type { RegisteredEntity } from '@tenantry/mikro-orm';
import type { Scope } from '@tenantry/protocol';
import { tenantOfScope } from '@tenantry/protocol/internal';
import { createPayloadCodec, decodeEnvelope, ownerOf } from '@tenantry/protocol/wire';
import { readRecords } from '@tenantry/redis';
import type { Call, Handler } from '../../calls/call.ts';
import { defined, type HandlerParts } from '../../calls/handler-parts.ts';
import { limitOf, placeOf, sealed } from '../../calls/visible-page.ts';
import { withRedis } from '../../database/with-redis.ts';
import { notFound } from '../../http/refused.ts';

const codec = createPayloadCodec();
const SCAN = 500;
/** So many names are looked at for one page. */
const MOST_SCANS = 20;

/** The entities that are replicated and of which the caller may list records in any scope. */
export function listEntities(parts: HandlerParts): Handler<'entities.list'> {
  return async call => {
    const items = [...parts.replication.entities]
      .filter(([name]) => mayAnywhere(call.rights, 'list', name, call.now))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { definition, fields }]) => ({
        definition: name,
        keys: Object.values(definition.keys).map(properties => [...properties]),
        fields: [...fields],
        perTenant: definition.tenant !== undefined,
      }));
    return { body: { items } };
  };
}

/** The records of an entity that Redis has for a scope, in Redis's own order: a record that comes or goes meanwhile may be missed or told twice. */
export function listRecords(parts: HandlerParts): Handler<'records.list'> {
  return async call => {
    const any = call as unknown as Call;
    const entity = entityOf(parts, call.names.entity as string, call.scope);
    if (!entity) return { body: { items: [] } };
    const { redis, replica } = parts.replication;
    const names = replica.names.of(tenantOfScope(call.scope));
    const start = ownerOf(entity.definition.name, '');
    const items: { id: string; version: number; keys: string[] }[] = [];
    const limit = limitOf(any);
    // Redis gives a small hash as a whole: the place is within what it gives.
    let [cursor, skipped] = readPlace(placeOf(any));
    for (let scans = 0; scans < MOST_SCANS; scans++) {
      const [next, found] = await withRedis(redis, () => redis.hscan(names.records, cursor, 'COUNT', SCAN));
      const records = toRecords(found, start);
      const taken = records.slice(skipped, skipped + limit - items.length);
      items.push(...taken);
      skipped += taken.length;
      if (skipped < records.length) return { body: sealed(any, items, `${cursor} ${skipped}`) };
      if (next === '0') return { body: { items } };
      [cursor, skipped] = [next, 0];
      if (items.length >= limit) break;
    }
    return { body: sealed(any, items, `${cursor} ${skipped}`) };
  };
}

/** One record, as readers get it. */
export function getRecord(parts: HandlerParts): Handler<'records.get'> {
  return async ({ names, scope }) => {
    const entity = entityOf(parts, names.entity as string, scope);
    if (!entity) throw notFound();
    const { redis, replica } = parts.replication;
    const tenant = replica.names.of(tenantOfScope(scope));
    const id = names.record as string;
    const owner = ownerOf(entity.definition.name, id);
    const known = await withRedis(redis, () => readRecords(redis, tenant, [owner], []));
    const { version, addresses } = known.records.get(owner) ?? { version: 0, addresses: [] };
    const [address] = addresses;
    if (address === undefined) throw notFound();
    const bytes = await withRedis(redis, () => redis.getBuffer(tenant.keyPrefix + address));
    const envelope = bytes && decodeEnvelope(bytes);
    const json =
      envelope?.owner === owner && envelope.payload.length > 0 ? toText(codec.decode(envelope.payload)) : undefined;
    return { body: defined({ id, version, keys: [...addresses], updatedAt: envelope?.updatedAt, json }) };
  };
}

/** The entity, where the scope can have records of it at all. `NOT_FOUND`. */
function entityOf({ replication }: HandlerParts, name: string, scope: Scope): RegisteredEntity | undefined {
  const entity = replication.entities.get(name);
  if (!entity) throw notFound();
  const isThere = entity.definition.tenant === undefined ? scope === 'global' : scope.startsWith('tenants/');
  return isThere ? entity : undefined;
}

function readPlace(place: string | undefined): [cursor: string, skipped: number] {
  const [cursor = '0', skipped = '0'] = (place ?? '').split(' ');
  if (cursor === '') return ['0', 0];
  return [cursor, Number(skipped)];
}

function toRecords(found: readonly string[], start: string) {
  const records: { id: string; version: number; keys: string[] }[] = [];
  for (let i = 0; i + 1 < found.length; i += 2) {
    const [owner = '', text = ''] = [found[i], found[i + 1]];
    const [version = '', ...keys] = text.split(' ');
    // One that was deleted has no keys.
    if (!owner.startsWith(start) || keys.length === 0) continue;
    records.push({ id: owner.slice(start.length), version: Number(/^\d+/.exec(version)?.[0] ?? 0), keys });
  }
  return records.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** What JSON has no form for is shown as text. */
function toText(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === 'bigint') return String(item);
    if (item instanceof Set) return [...item];
    return item;
  });
}
