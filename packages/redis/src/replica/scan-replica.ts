import type { Tenant } from '@tenantry/protocol';
import { decodeEnvelope, type RedisNames } from '@tenantry/protocol/wire';
import { isCluster, type RedisClient } from '../connection/redis-client.ts';
import { type ActualRecord, decodeRecord } from './read-records.ts';

/** Some records and keys, and the position of the next page. */
export interface ReplicaPage {
  /** Undefined: nothing is left. */
  readonly next: ScanPosition | undefined;
  readonly records: readonly ScannedRecord[];
  readonly keys: readonly ScannedKey[];
}

/** How far a scan got; of use to a later one, too. */
export interface ScanPosition {
  readonly node: number;
  readonly cursor: string;
  /** Within the page at that cursor: this hash of records was read up to here, and those whose names come before it. */
  readonly within?: { readonly name: string; readonly cursor: string } | undefined;
}

/** One record of a tenant. */
export interface ScannedRecord extends ActualRecord {
  readonly tenant: Tenant;
  readonly owner: string;
}

/** A key that no record of its holder lists. */
export interface ScannedKey {
  readonly tenant: Tenant;
  readonly address: string;
  readonly owner: string;
  readonly version: number;
}

/** Options of `scanReplica`. */
export interface ScanOptions {
  /** The names of this replica. */
  readonly names: RedisNames;
  /** Only this tenant. */
  readonly tenant?: Tenant | undefined;
  /** Where an earlier scan stopped. Default: the beginning. */
  readonly from?: ScanPosition | undefined;
  /** About how many names Redis looks at for one page. */
  readonly count: number;
}

// The longest owner: a source and a record id, escaped.
const HEAD_BYTES = 1_200;

/**
 * Walks through all records and keys under these names, in constant memory. It finds every record that is there during the
 * whole scan; it may find one twice. Fails as ioredis does.
 */
export async function* scanReplica(redis: RedisClient, options: ScanOptions): AsyncGenerator<ReplicaPage> {
  const { names: redisNames, tenant, count } = options;
  const from = options.from ?? { node: 0, cursor: '0' };
  const pattern = redisNames.patternOf(tenant);
  // In an order that another process finds again.
  const nodes = isCluster(redis)
    ? redis.nodes('master').sort((a, b) => (addressOf(a.options) < addressOf(b.options) ? -1 : 1))
    : [redis];
  for (let node = from.node; node < nodes.length; node++) {
    let cursor = node === from.node ? from.cursor : '0';
    let within = node === from.node ? from.within : undefined;
    do {
      const here = { node, cursor };
      const server = nodes[node] as (typeof nodes)[number];
      const [next, found] = await server.scan(cursor, 'MATCH', pattern, 'COUNT', count);
      // In an order that finds its place again.
      const names = [...new Set(found)].sort();
      const parts = names.map(name => ({ name, part: redisNames.partOf(name) }));
      for (const { name, part } of parts) {
        if (part?.rest !== 'records' || (within && name < within.name)) continue;
        const start = within?.name === name ? within.cursor : '0';
        for await (const { records, reached } of scanRecords(redis, name, part.tenant, start, count))
          yield { next: { ...here, within: { name, cursor: reached } }, records, keys: [] };
      }
      const keys = parts.flatMap(({ part }): StandingKey[] =>
        part?.rest.startsWith('k:') ? [{ tenant: part.tenant, address: part.rest.slice(2) }] : [],
      );
      yield { next: after(node, next, nodes.length), records: [], keys: await unlistedKeys(redis, redisNames, keys) };
      cursor = next;
      within = undefined;
    } while (cursor !== '0');
  }
}

function after(node: number, cursor: string, nodes: number): ScanPosition | undefined {
  if (cursor !== '0') return { node, cursor };
  return node + 1 < nodes ? { node: node + 1, cursor: '0' } : undefined;
}

interface StandingKey {
  readonly tenant: Tenant;
  readonly address: string;
}

const ALL_READ = 'end';

async function* scanRecords(
  redis: RedisClient,
  name: string,
  tenant: Tenant,
  start: string,
  count: number,
): AsyncGenerator<{ records: ScannedRecord[]; reached: string }> {
  for (let cursor = start; cursor !== ALL_READ; ) {
    const [next, found] = await redis.hscan(name, cursor, 'COUNT', count).catch(notOurs);
    const records: ScannedRecord[] = [];
    for (let i = 0; i + 1 < found.length; i += 2) {
      const record = decodeRecord(found[i + 1]);
      if (record) records.push({ tenant, owner: found[i] as string, ...record });
    }
    cursor = next === '0' ? ALL_READ : next;
    yield { records, reached: cursor };
  }
}

async function unlistedKeys(
  redis: RedisClient,
  names: RedisNames,
  keys: readonly StandingKey[],
): Promise<ScannedKey[]> {
  const looked = keys.map(async ({ tenant, address }): Promise<ScannedKey | undefined> => {
    const { keyPrefix, records } = names.of(tenant);
    // What is not ours is in nobody's way: a publish writes over it.
    const holder = holderOf(await redis.getrangeBuffer(keyPrefix + address, 0, HEAD_BYTES).catch(() => NOTHING));
    if (!holder) return undefined;
    const record = decodeRecord(await redis.hget(records, holder.owner).catch(() => null));
    return record?.addresses.includes(address) ? undefined : { tenant, address, ...holder };
  });
  return (await Promise.all(looked)).filter(key => key !== undefined);
}

const NOTHING = Buffer.alloc(0);

function holderOf(head: Buffer): { owner: string; version: number } | undefined {
  try {
    const { owner, version, isAbsent } = decodeEnvelope(head);
    return isAbsent ? undefined : { owner, version };
  } catch {
    return undefined;
  }
}

function notOurs(error: unknown): [string, string[]] {
  if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return ['0', []];
  throw error;
}

function addressOf({ host = '', port = 0 }: { host?: string | undefined; port?: number | undefined }): string {
  return `${host}:${port}`;
}
