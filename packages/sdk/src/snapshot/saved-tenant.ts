import type { Tenant } from '@tenantry/protocol';
import { createPayloadCodec } from '@tenantry/protocol/wire';
import type { SavedFeedMark } from '@tenantry/redis';

/** One record of a snapshot file. */
export interface SavedRecord {
  /** As it stands in Redis. */
  readonly envelope: Buffer;
  readonly addresses: readonly string[];
  readonly isConfig: boolean;
  /** It is what Redis had at the position of the feed. */
  readonly isExact: boolean;
}

/** What a snapshot file has of one tenant. */
export interface SavedTenant {
  readonly tenant: Tenant;
  /** When its feed was last live, ms since 1970, by the clock of the process that wrote it. */
  readonly heardAt: number;
  /** Where its feed was. */
  readonly mark: SavedFeedMark | undefined;
  readonly records: readonly SavedRecord[];
  /** The addresses under which Redis was known to have nothing. */
  readonly absent: readonly string[];
}

/** The part of a tenant that stands in its block; the rest stands in the head of the file. */
export type TenantContent = Omit<SavedTenant, 'tenant' | 'heardAt'>;

/** Encodes and decodes the blocks. */
export interface BlockCodec {
  encode(content: TenantContent): Buffer;
  /** Throws where the bytes are no block. */
  decode(bytes: Buffer): TenantContent;
}

const FLAGS = Object.freeze({ config: 1, exact: 2 });

/**
 * A block is msgpack: `[position, losses, absent, records, envelopes]`. A record is `[flags, length of its envelope, ...addresses]`; the
 * envelopes stand one after another in one piece, so that ten thousand of them need not be copied one by one.
 */
export function createBlockCodec(): BlockCodec {
  const codec = createPayloadCodec();
  return {
    encode({ mark, absent, records }) {
      const table = records.map(({ envelope, addresses, isConfig, isExact }) => [
        (isConfig ? FLAGS.config : 0) + (isExact ? FLAGS.exact : 0),
        envelope.length,
        ...addresses,
      ]);
      const envelopes = Buffer.concat(records.map(({ envelope }) => envelope));
      return codec.encode([mark?.position, mark?.losses, absent, table, envelopes]);
    },

    decode(bytes) {
      const [position, losses, absent, table, envelopes] = codec.decodeOwn(bytes) as Block;
      let at = 0;
      const records = table.map(([flags, length, ...addresses]): SavedRecord => {
        const envelope = envelopes.subarray(at, at + length);
        at += length;
        return {
          envelope,
          addresses,
          isConfig: (flags & FLAGS.config) !== 0,
          isExact: (flags & FLAGS.exact) !== 0,
        };
      });
      return { mark: position && losses ? { position, losses } : undefined, absent, records };
    },
  };
}

type Block = readonly [
  SavedFeedMark['position'] | null,
  SavedFeedMark['losses'] | null,
  readonly string[],
  readonly (readonly [number, number, ...string[]])[],
  Buffer,
];
