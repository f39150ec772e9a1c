import type { TenantNames } from '@tenantry/protocol/wire';
import type { RedisClient } from '../connection/redis-client.ts';

/** One record as Redis has it. */
export interface ActualRecord {
  readonly version: number;
  /** None: it was deleted. */
  readonly addresses: readonly string[];
}

/** Some records and keys of one tenant as Redis has them. */
export interface ActualRecords {
  readonly records: ReadonlyMap<string, ActualRecord>;
  /** The bytes under each address; empty where another program wrote there. */
  readonly keys: ReadonlyMap<string, Buffer>;
  /** Records that are newer in Redis than in the database on purpose: a write-back waits, or is a dead letter. */
  readonly aheadOfDatabase: ReadonlySet<string>;
}

const NOT_OURS = Buffer.alloc(0);

/** Reads records and keys in one round trip; two of them may be of different moments. Fails as ioredis does. */
export async function readRecords(
  redis: RedisClient,
  { records, dirty, deadLetters, keyPrefix }: TenantNames,
  owners: readonly string[],
  addresses: readonly string[],
): Promise<ActualRecords> {
  const pipeline = redis.pipeline();
  const hashes = owners.length > 0 ? 3 : 0;
  // HMGET of nothing is an error.
  if (hashes > 0)
    pipeline
      .hmget(records, ...owners)
      .hmget(dirty, ...owners)
      .hmgetBuffer(deadLetters, ...owners);
  for (const address of addresses) pipeline.getBuffer(keyPrefix + address);
  const replies = ((await pipeline.exec()) ?? []).map(([error, reply]) => {
    if (!error) return reply;
    // Something else stands under one of our names.
    if (error.message.startsWith('WRONGTYPE')) return undefined;
    throw error;
  });
  const [known = [], waiting = [], dead = []] = replies.slice(0, hashes) as [
    (string | null)[]?,
    (string | null)[]?,
    (Buffer | null)[]?,
  ];
  const standing = new Map<string, ActualRecord>();
  const aheadOfDatabase = new Set<string>();
  owners.forEach((owner, i) => {
    const record = decodeRecord(known[i]);
    if (record) standing.set(owner, record);
    // A dead letter that a newer write has overtaken says nothing any more.
    const letter = dead[i];
    const stands = letter && letter.length >= 8 && Number(letter.readBigUInt64BE(0)) >= (record?.version ?? 0);
    if (waiting[i] || stands) aheadOfDatabase.add(owner);
  });
  const keys = new Map<string, Buffer>();
  addresses.forEach((address, i) => {
    const bytes = replies[hashes + i] as Buffer | null | undefined;
    if (bytes !== null) keys.set(address, bytes ?? NOT_OURS);
  });
  return { records: standing, keys, aheadOfDatabase };
}

/** A record as the scripts write it; undefined for what is not one. */
export function decodeRecord(text: string | null | undefined): ActualRecord | undefined {
  if (!text) return undefined;
  const [version, ...addresses] = text.split(' ');
  return { version: Number(/^\d+/.exec(version as string)?.[0] ?? 0), addresses };
}
