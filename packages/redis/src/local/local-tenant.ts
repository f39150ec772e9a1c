import type { ChangeHead, FeedCodec } from '@tenantry/protocol/wire';
import { parseVersion } from '@tenantry/protocol/wire';
import type { KeepOutcome } from '../configs/create-loads.ts';
import type { LoadedRecord } from '../configs/loaded-record.ts';
import type { FeedHead } from '../replica/feed-head.ts';
import type { ActualRecord } from '../replica/read-records.ts';
import { inlined, NOTHING, newEpoch, newTag } from '../scripts/feed-arguments.ts';
import { encodeMessage, type MessagePart } from './encode-message.ts';
import type { LocalChange } from './local-replica.ts';

/** What all tenants of one local replica share. */
export interface LocalTenantParts {
  readonly codec: FeedCodec;
  /** How many messages a feed keeps. */
  readonly feedLength: number;
  /** ms since 1970. */
  readonly now: () => number;
}

/** What stands under one address. That nothing is there is remembered at version 0: it holds the address for nobody. */
interface Standing {
  readonly owner: string;
  readonly version: number;
  readonly envelope: Buffer;
  /** 0: never. */
  readonly dropAt: number;
}

/**
 * The records and the feed of one tenant, as the scripts keep them in Redis (`APPLY`, `KEEP_LOADED`): the same rules, in the same order.
 * KEEPS: a record and an address only ever move to a newer version; an address is left only by the record that owns it.
 */
export class LocalTenant {
  readonly #parts: LocalTenantParts;
  /** By owner; without addresses: it was deleted. */
  readonly #records = new Map<string, ActualRecord>();
  readonly #standing = new Map<string, Standing>();
  /** The newest messages; the last one is the head's. */
  #messages: Buffer[] = [];
  #head: FeedHead | undefined;

  constructor(parts: LocalTenantParts) {
    this.#parts = parts;
  }

  get head(): FeedHead | undefined {
    return this.#head;
  }

  /** The messages from `seq` on, that one included where it is still kept. */
  messagesFrom(seq: number, most = Number.POSITIVE_INFINITY): Buffer[] {
    const first = (this.#head?.seq ?? 0) - this.#messages.length + 1;
    const at = Math.max(0, seq - first);
    return this.#messages.slice(at, at + Math.min(most, this.#messages.length));
  }

  envelopeAt(address: string): Buffer | null {
    return this.#at(address)?.envelope ?? null;
  }

  /** Answers for each change whether it was newer, and the message that tells of those. */
  apply(changes: readonly LocalChange[]): { readonly applied: boolean[]; readonly message: Buffer | undefined } {
    // Before anything is touched: a bad number among them would leave half of them applied.
    for (const { version } of changes) parseVersion(version);
    const told: MessagePart[] = [];
    const inlines = inlined(changes);
    const applied = changes.map((change, i) => {
      if (!this.#applyOne(change)) return false;
      const { owner, version, op, addresses, envelope = NOTHING } = change;
      told.push({ head: { owner, version, op, addresses }, envelope: inlines[i] === 1 ? envelope : NOTHING });
      return true;
    });
    return { applied, message: told.length > 0 ? this.#append(told) : undefined };
  }

  #applyOne(change: LocalChange): boolean {
    const { owner, version, op, addresses, formerAddresses = [], envelope, expiresAt = 0, evenIfKnown } = change;
    const record = this.#records.get(owner);
    const known = record?.version ?? 0;
    if (record && (version < known || (version === known && !evenIfKnown))) return false;
    for (const address of [...(record?.addresses ?? []), ...formerAddresses])
      if (!addresses.includes(address)) this.#leave(address, owner, version);
    for (const address of addresses) {
      const held = this.#at(address);
      // Two records may claim one address while one hands it to the other: the newer claim stands, whatever comes first.
      if (held && !(version > held.version || (held.owner === owner && held.version === version))) continue;
      if (envelope === undefined) this.#standing.delete(address);
      else this.#standing.set(address, { owner, version, envelope, dropAt: Math.floor(expiresAt) });
    }
    this.#records.set(owner, { version, addresses: op === 'put' ? addresses : [] });
    return true;
  }

  #leave(address: string, owner: string, version: number): void {
    const held = this.#at(address);
    if (held && held.version > 0 && held.owner === owner && held.version <= version) this.#standing.delete(address);
  }

  /** Keeps a loaded value, unless something newer stands here. */
  keep(loaded: LoadedRecord): { readonly kept: KeepOutcome; readonly message?: Buffer } {
    const { address, version, op, envelope, dropAt } = loaded;
    const record = this.#records.get(address);
    const known = record?.version ?? 0;
    const stands = record !== undefined && record.addresses.length > 0;
    const held = this.#at(address)?.version ?? 0;
    const standing = { owner: address, version: op === 'put' ? version : 0, envelope, dropAt: Math.floor(dropAt) };
    const tell = (change: Pick<ChangeHead, 'op' | 'addresses'>, pushed: Buffer) =>
      this.#append([{ head: { owner: address, version: Math.max(1, version), ...change }, envelope: pushed }]);
    if (op === 'put') {
      if (known > version || held > version) return { kept: stands || held > 0 ? 'newer' : 'ended' };
      // It was taken away at this very version.
      if (record && !stands && known === version) return { kept: 'ended' };
      this.#standing.set(address, standing);
      this.#records.set(address, { version, addresses: [address] });
      const pushed = inlined([{ envelope }])[0] === 1 ? envelope : NOTHING;
      return { kept: 'filled', message: tell({ op: 'put', addresses: [address] }, pushed) };
    }
    if ((held > 0 && held >= version) || (stands && known > version)) return { kept: 'newer' };
    this.#standing.set(address, standing);
    if (version <= known) return { kept: 'filled' };
    this.#records.set(address, { version, addresses: [] });
    return { kept: 'filled', message: tell({ op: 'delete', addresses: [] }, NOTHING) };
  }

  #at(address: string): Standing | undefined {
    const held = this.#standing.get(address);
    if (!held || held.dropAt === 0 || held.dropAt > this.#parts.now()) return held;
    this.#standing.delete(address);
    return undefined;
  }

  #append(parts: readonly MessagePart[]): Buffer {
    const { epoch = newEpoch(), seq = 0, filled = 0 } = this.#head ?? {};
    const tag = newTag();
    const head = { epoch, seq: seq + 1, tag: tag.toString('hex'), filled };
    const message = encodeMessage(head, tag, parts, this.#parts.codec);
    this.#head = head;
    this.#messages.push(message);
    // Not with each message: a list that loses its first is copied.
    if (this.#messages.length > 2 * this.#parts.feedLength)
      this.#messages = this.#messages.slice(-this.#parts.feedLength);
    return message;
  }
}
