import { createHash } from 'node:crypto';
import { GLOBAL_TENANT, type Tenant, TenantryError } from '@tenantry/protocol';
import { createPayloadCodec } from '@tenantry/protocol/wire';

/** One tenant of a file, not looked into. */
export interface SnapshotBlock {
  /** When its feed was last live, ms since 1970. */
  readonly heardAt: number;
  readonly bytes: Buffer;
}

/** What a file must agree with. */
export interface SnapshotExpectation {
  readonly prefix: string;
  readonly maxAgeMs: number;
  /** ms since 1970. */
  readonly now: number;
}

/** The parts of a file that may be used. */
export interface SnapshotContent {
  readonly blocks: ReadonlyMap<Tenant, SnapshotBlock>;
  /** Why others may not. */
  readonly ignored: readonly TenantryError[];
}

const FORMAT = 1;
const MAGIC = Buffer.from('TNTRYSNP', 'latin1');
const HEAD_AT = MAGIC.length + 8;
const HASH_BYTES = 32;
/** So much the clocks of two processes may differ. */
const CLOCK_MARGIN_MS = 60_000;

const codec = () => createPayloadCodec();

/**
 * A file, big-endian:
 *
 *     0   8  TNTRYSNP
 *     8   4  format: 1
 *     12  4  length of the head
 *     16  n  head, msgpack: [prefix, writtenAt, [tenant or null for the global one, heardAt, length, SHA-256 of the block][]]
 *     …  32  SHA-256 of all bytes before it
 *     …      the blocks, one after another
 *
 * A block is looked into, and its checksum computed, only when its tenant is asked for: a process of ten thousand tenants starts as fast as
 * one of ten.
 */
export function encodeSnapshot(prefix: string, writtenAt: number, blocks: ReadonlyMap<Tenant, SnapshotBlock>): Buffer {
  const table = [...blocks].map(([tenant, { heardAt, bytes }]) => [
    tenant === GLOBAL_TENANT ? null : tenant,
    heardAt,
    bytes.length,
    hashOf(bytes),
  ]);
  const head = codec().encode([prefix, writtenAt, table]);
  const start = Buffer.alloc(HEAD_AT);
  MAGIC.copy(start);
  start.writeUInt32BE(FORMAT, MAGIC.length);
  start.writeUInt32BE(head.length, MAGIC.length + 4);
  const checked = Buffer.concat([start, head]);
  return Buffer.concat([checked, hashOf(checked), ...[...blocks.values()].map(({ bytes }) => bytes)]);
}

/** Throws `SNAPSHOT_IGNORED`, which says why the file as a whole is of no use. */
export function decodeSnapshot(bytes: Buffer, { prefix, maxAgeMs, now }: SnapshotExpectation): SnapshotContent {
  const head = decodeHead(bytes);
  if (head.prefix !== prefix) throw ignored(`it is of the prefix "${head.prefix}"`);
  if (head.writtenAt > now + CLOCK_MARGIN_MS) throw ignored('it is from the future: is a clock wrong?');
  if (now - head.writtenAt > maxAgeMs) throw ignored(`it is older than ${maxAgeMs} ms`);
  const blocks = new Map<Tenant, SnapshotBlock>();
  let tooOld = 0;
  let at = head.end;
  for (const [tenant, heardAt, length, hash] of head.table) {
    const block = { heardAt, bytes: bytes.subarray(at, at + length), hash };
    at += length;
    if (now - heardAt > maxAgeMs) tooOld++;
    else blocks.set(tenant ?? GLOBAL_TENANT, block);
  }
  if (at > bytes.length) throw ignored('it is cut off');
  if (at < bytes.length) throw ignored('it has more bytes than it should have');
  return { blocks, ignored: tooOld > 0 ? [ignored(`${tooOld} of its tenants are older than ${maxAgeMs} ms`)] : [] };
}

/** The block is as it was written. */
export function isWhole(block: SnapshotBlock): boolean {
  const { hash } = block as SnapshotBlock & { readonly hash?: Buffer };
  return hash === undefined || hashOf(block.bytes).equals(hash);
}

/** The file was not used, or not all of it. */
export function ignored(why: string): TenantryError {
  return new TenantryError(
    'SNAPSHOT_IGNORED',
    `The snapshot file was not used: ${why}. The client goes on without it, and writes another one.`,
  );
}

interface Head {
  readonly prefix: string;
  readonly writtenAt: number;
  readonly table: readonly (readonly [string | null, number, number, Buffer])[];
  /** Where the first block begins. */
  readonly end: number;
}

function decodeHead(bytes: Buffer): Head {
  if (bytes.length === 0) throw ignored('it is empty');
  if (!MAGIC.subarray(0, bytes.length).equals(bytes.subarray(0, MAGIC.length))) throw ignored('it is another file');
  if (bytes.length < HEAD_AT) throw ignored('it is cut off');
  const format = bytes.readUInt32BE(MAGIC.length);
  if (format !== FORMAT) throw ignored(`it has format ${format}, and this release reads ${FORMAT}`);
  const hashAt = HEAD_AT + bytes.readUInt32BE(MAGIC.length + 4);
  const end = hashAt + HASH_BYTES;
  if (bytes.length < end) throw ignored('it is cut off');
  if (!hashOf(bytes.subarray(0, hashAt)).equals(bytes.subarray(hashAt, end)))
    throw ignored('its checksum is wrong: it is damaged');
  const [prefix, writtenAt, table] = codec().decodeOwn(bytes.subarray(HEAD_AT, hashAt)) as [
    string,
    number,
    Head['table'],
  ];
  return { prefix, writtenAt, table, end };
}

function hashOf(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
