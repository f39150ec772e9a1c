import { Packr } from 'msgpackr';
import { describeArrived, TenantryError } from '../errors/tenantry-error.ts';
import { readUInt64 } from './envelope.ts';

/**
 * One entry of a tenant's feed, the same bytes in the stream and in the push. The script that applies the changes
 * writes it, because only there are the seq and the changes that were not stale known. Big-endian:
 *
 *     0   1  format, 1
 *     1   1  kind: 1 changes, 2 filled
 *     2   8  seq
 *     10  8  tag, random: tells two histories with the same epoch and seq apart
 *     18  1  length of the epoch
 *     19  n  epoch, ASCII
 *     then for each change
 *         4  length of the head
 *         n  head, msgpack [owner, version, op, addresses], and perhaps a trace; a reader ignores what it does not know behind it
 *         4  length of the envelope, 0 when it was too large to push
 *         n  envelope
 */
export interface FeedMessage {
  /** `filled` says that the replica of this tenant holds everything again: what is absent now is gone. */
  readonly kind: 'changes' | 'filled';
  readonly epoch: string;
  readonly seq: number;
  readonly tag: string;
  readonly changes: readonly FeedChange[];
}

/** One record's change, as the feed carries it. */
export interface FeedChange extends ChangeHead {
  /** The record's new envelope, unless it was too large to push. */
  readonly envelope: Buffer | undefined;
  /** The W3C `traceparent` of the publish, in the first change of a message that is traced. */
  readonly trace?: string;
}

/** What a change says of its record without its value. */
export interface ChangeHead {
  readonly owner: string;
  readonly version: number;
  readonly op: ChangeOp;
  /** Every address of the record after the change; its refs elsewhere are void. */
  readonly addresses: readonly string[];
}

/** What became of the record. `retire`: a delete after which nobody writes it any more, so whoever watches it is done. */
export type ChangeOp = (typeof OPS)[number];

const OPS = ['put', 'delete', 'retire'] as const;
const FORMAT = 1;
const KINDS = ['changes', 'filled'] as const;
const FIXED_BYTES = 19;

/** The feed message in bytes; the script puts it together, this writes its parts and reads the whole. */
export interface FeedCodec {
  /** The head of one change with its length before it, as the script copies it into the message. */
  encodeHead(head: ChangeHead): Buffer;
  /** Throws `UNKNOWN_FORMAT` or `MALFORMED_MESSAGE`. */
  decode(bytes: Buffer): FeedMessage;
}

/** The codec of feed messages; it keeps one packer for all of them. */
export function createFeedCodec(): FeedCodec {
  const packr = new Packr({ useRecords: false });
  return {
    encodeHead({ owner, version, op, addresses }) {
      const head = packr.pack([owner, version, op, addresses]);
      const bytes = Buffer.allocUnsafe(4 + head.length);
      bytes.writeUInt32BE(head.length, 0);
      bytes.set(head, 4);
      return bytes;
    },
    decode(bytes) {
      if (bytes.length > 0 && bytes[0] !== FORMAT)
        throw new TenantryError(
          'UNKNOWN_FORMAT',
          `The feed message has format ${bytes[0]}, this release reads ${FORMAT}: upgrade the reader.`,
        );
      try {
        return decodeMessage(bytes, packr);
      } catch (cause) {
        throw new TenantryError(
          'MALFORMED_MESSAGE',
          `A feed message of ${bytes.length} bytes is damaged: it was not applied.`,
          { cause },
        );
      }
    },
  };
}

function decodeMessage(bytes: Buffer, packr: Packr): FeedMessage {
  const kind = KINDS[bytes.readUInt8(1) - 1];
  if (kind === undefined) throw new RangeError(`kind ${bytes[1]}`);
  const epochEnd = FIXED_BYTES + bytes.readUInt8(18);
  const changes: FeedChange[] = [];
  for (let at = epochEnd; at < bytes.length; ) {
    const head = slice(bytes, at);
    const envelope = slice(bytes, at + 4 + head.length);
    at += 8 + head.length + envelope.length;
    changes.push({ ...decodeHead(packr.unpack(head)), envelope: envelope.length > 0 ? envelope : undefined });
  }
  if (epochEnd > bytes.length) throw new RangeError('cut off');
  const seq = readUInt64(bytes, 2);
  if (!isPositive(seq)) throw new RangeError(`seq ${seq}`);
  return {
    kind,
    seq,
    tag: bytes.toString('hex', 10, 18),
    epoch: bytes.toString('latin1', FIXED_BYTES, epochEnd),
    changes,
  };
}

function slice(bytes: Buffer, at: number): Buffer {
  const end = at + 4 + bytes.readUInt32BE(at);
  if (end > bytes.length) throw new RangeError('cut off');
  return bytes.subarray(at + 4, end);
}

function decodeHead(head: unknown): Omit<FeedChange, 'envelope'> {
  const [owner, version, op, addresses, trace] = head as [string, number, ChangeOp, string[], unknown];
  const known = OPS.includes(op);
  const named = typeof owner === 'string' && Array.isArray(addresses) && addresses.every(a => typeof a === 'string');
  if (!known || !named || !isPositive(version)) throw new RangeError(`head ${describeArrived(head)}`);
  return typeof trace === 'string' ? { owner, version, op, addresses, trace } : { owner, version, op, addresses };
}

function isPositive(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}
