import { setImmediate as nextTurn } from 'node:timers/promises';
import { createPayloadCodec, encodeEnvelope, type PayloadCodec } from '@tenantry/protocol/wire';
import type { SavedFeedMark } from '@tenantry/redis';
import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { captureLastGood, hasLastGood, lastGoodAddress } from './last-good.ts';
import type { SavedRecord, TenantContent } from './saved-tenant.ts';
import type { TenantShelf } from './tenant-shelf.ts';

/** One tenant that is held. */
export interface SavableTenant {
  readonly memory: TenantMemory;
  readonly shelf: TenantShelf | undefined;
  /** Where its feed is. Undefined: it is not followed, or Redis was never asked. */
  readonly mark: SavedFeedMark | undefined;
}

const CHUNK = 500;

/** What changes with each change of what would be saved. */
export function signatureOf({ memory, shelf, mark }: SavableTenant): string {
  const { epoch, seq, tag } = mark?.position ?? NOWHERE;
  let [known, exact, revisions, lastGood] = [0, 0, 0, 0];
  for (const slot of memory.slots.values()) {
    if (slot.state === 'unknown') continue;
    known++;
    revisions += slot.revision;
    if (isExactIn(slot)) exact++;
    if (hasLastGood(slot)) lastGood++;
  }
  return [epoch, seq, tag, known, exact, revisions, lastGood, shelf?.kept.count, memory.generation].join();
}

/** Takes down what is there. Values are never changed, so they may be encoded later. */
export function captureTenant({ memory, shelf, mark }: SavableTenant, now: () => number): () => Promise<TenantContent> {
  const records = new Map<string, Captured>();
  const left = shelf?.kept.left(shelf.isExact);
  const absent = [...(left?.absent ?? [])];
  for (const slot of memory.slots.values()) {
    if (slot.state === 'absent' && isExactIn(slot) && slot.shown.times.freshUntil === 0) absent.push(slot.address);
    if (hasLastGood(slot)) {
      const name = lastGoodAddress(slot.address);
      records.set(name, { addresses: [name], isConfig: true, isExact: false, encode: captureLastGood(slot) });
    }
    const captured = slot.isPresent(now) && slot.config?.secret !== true ? captureSlot(slot, shelf) : undefined;
    if (!captured) continue;
    const { version, owner } = slot.shown;
    // A record under several keys is one. Where it is not exact, its keys may show different states.
    const name = captured.isExact && !slot.config ? `${version} ${owner}` : slot.address;
    const known = records.get(name);
    if (known) known.addresses.push(slot.address);
    else records.set(name, captured);
  }
  return async () => {
    const codec = createPayloadCodec();
    const encoded: SavedRecord[] = [...(left?.records ?? [])];
    for (const { encode, ...record } of records.values()) {
      encoded.push({ ...record, envelope: encode(codec) });
      if (encoded.length % CHUNK === 0) await nextTurn();
    }
    return { mark, absent, records: encoded };
  };
}

interface Captured extends Omit<SavedRecord, 'envelope'> {
  readonly addresses: string[];
  encode(codec: PayloadCodec): Buffer;
}

function captureSlot(slot: Slot, shelf: TenantShelf | undefined): Captured | undefined {
  const { address, config, shown } = slot;
  const addresses = [address];
  const isConfig = config !== undefined;
  const record = shelf?.shown.recordIn(slot);
  if (record) return { addresses, isConfig, isExact: false, encode: () => record.envelope };
  // Of `bootstrap`: the next process is given it again.
  if (shown.version === 0) return undefined;
  const payload = shelf?.shown.payloadIn(slot);
  // It came straight from the source.
  if (isConfig && !payload) return undefined;
  const { value } = slot;
  const { owner, version, updatedAt } = shown;
  const { endsAt: expiresAt, freshUntil } = shown.times;
  const head = { owner, version, updatedAt, expiresAt, freshUntil };
  return {
    addresses,
    isConfig,
    isExact: isExactIn(slot),
    encode: codec => encodeEnvelope({ ...head, payload: payload ?? codec.encode(value) }),
  };
}

/** Redis has the same, as far as the feed was heard. A value that is shown although there is a newer one is read again. */
function isExactIn(slot: Slot): boolean {
  return slot.isExact && slot.knowledge.trouble === undefined;
}

const NOWHERE = Object.freeze({ epoch: '', seq: 0, tag: '' });
