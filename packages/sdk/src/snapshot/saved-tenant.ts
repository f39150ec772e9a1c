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
  readonly records: SavedRecords;
  /** The addresses under which Redis was known to have nothing. */
  readonly absent: readonly string[];
}

/** The part of a tenant that stands in its block; the rest stands in the head of the file. */
export type TenantContent = Omit<SavedTenant, 'tenant' | 'heardAt' | 'records'> & {
  readonly records: readonly SavedRecord[];
};

/** Encodes and decodes the blocks. */
export interface BlockCodec {
  encode(content: TenantContent): Buffer;
  /** Throws where the bytes are no block. */
  decode(bytes: Buffer): Omit<SavedTenant, 'tenant' | 'heardAt'>;
}

const FLAGS = Object.freeze({ config: 1, exact: 2 });

/**
 * A block is msgpack: `[position, losses, absent, table, envelopes]`. The table has `flags, length of the envelope, number of addresses,
 * ...addresses` of each record, one after another; the envelopes stand one after another, too. So ten thousand records are three objects
 * to a process that starts, until it asks for one of them.
 */
export function createBlockCodec(): BlockCodec {
  const codec = createPayloadCodec();
  return {
    encode({ mark, absent, records }) {
      const table: (number | string)[] = [];
      for (const { envelope, addresses, isConfig, isExact } of records) {
        const flags = (isConfig ? FLAGS.config : 0) + (isExact ? FLAGS.exact : 0);
        table.push(flags, envelope.length, addresses.length, ...addresses);
      }
      const envelopes = Buffer.concat(records.map(({ envelope }) => envelope));
      return codec.encode([mark?.position, mark?.losses, absent, table, envelopes]);
    },

    decode(bytes) {
      const [position, losses, absent, table, envelopes] = codec.decodeOwn(bytes) as Block;
      const mark = position && losses ? { position, losses } : undefined;
      return { mark, absent, records: new SavedRecords(table, envelopes) };
    },
  };
}

/** The records of a block, each made when it is asked for. */
export class SavedRecords implements Iterable<SavedRecord> {
  readonly #table: readonly (number | string)[];
  readonly #envelopes: Buffer;
  /** Where each record begins in the table, and its envelope among the others. */
  readonly #starts: [at: number, envelopeAt: number][] = [];

  constructor(table: readonly (number | string)[], envelopes: Buffer) {
    this.#table = table;
    this.#envelopes = envelopes;
  }

  /** The number of its record for each address. */
  index(): Map<string, number> {
    const index = new Map<string, number>();
    let [record, envelopeAt] = [0, 0];
    for (let at = 0; at < this.#table.length; record++) {
      this.#starts.push([at, envelopeAt]);
      envelopeAt += this.#table[at + 1] as number;
      const end = at + HEAD + (this.#table[at + 2] as number);
      for (at += HEAD; at < end; at++) index.set(this.#table[at] as string, record);
    }
    return index;
  }

  /** Only after `index`. */
  at(record: number): SavedRecord {
    const [at, envelopeAt] = this.#starts[record] as [number, number];
    const [flags, length, addresses] = this.#table.slice(at, at + HEAD) as [number, number, number];
    return {
      envelope: this.#envelopes.subarray(envelopeAt, envelopeAt + length),
      addresses: this.#table.slice(at + HEAD, at + HEAD + addresses) as string[],
      isConfig: (flags & FLAGS.config) !== 0,
      isExact: (flags & FLAGS.exact) !== 0,
    };
  }

  *[Symbol.iterator](): Iterator<SavedRecord> {
    if (this.#starts.length === 0) this.index();
    for (let record = 0; record < this.#starts.length; record++) yield this.at(record);
  }
}

const HEAD = 3;

type Block = readonly [
  SavedFeedMark['position'] | null,
  SavedFeedMark['losses'] | null,
  readonly string[],
  readonly (number | string)[],
  Buffer,
];
