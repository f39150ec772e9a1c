import { encodeEnvelope, type PayloadCodec } from '@tenantry/protocol/wire';
import type { Slot } from '../memory/slot.ts';

/**
 * Where a snapshot file has the last good value of an inherited config, beside what its scopes say: the schema refuses what comes of that. No
 * address of a config or an entity begins so.
 */
export function lastGoodAddress(address: string): string {
  return `@last-good:${address}`;
}

/** It is to be in the file. */
export function hasLastGood({ inherited, config }: Slot): boolean {
  if (!inherited || config?.secret === true) return false;
  return inherited.kept ? inherited.kept.isLastGood : inherited.saved !== undefined;
}

/** Takes it down, and encodes it later. It has no version: it is shown only until the scopes make a good value again. */
export function captureLastGood({ address: owner, inherited }: Slot): (codec: PayloadCodec) => Buffer {
  const { kept, saved } = inherited ?? {};
  const head = { owner, version: 1, updatedAt: 0, expiresAt: 0, freshUntil: 0 };
  return codec => encodeEnvelope({ ...head, payload: codec.encode(kept ? kept.stored() : saved) });
}
