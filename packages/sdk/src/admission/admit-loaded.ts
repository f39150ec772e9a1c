import { type LoadedConfig, TenantryError } from '@tenantry/protocol';
import { parseConfigValue } from '@tenantry/protocol/internal';
import { isNewer } from '@tenantry/protocol/wire';
import { isWholeInRedis } from '../memory/config-freshness.ts';
import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { isOtherWrite } from './is-reused-version.ts';

/** What is known of a load that does not go by way of Redis. */
export interface LoadMoment {
  /** The memory's generation when it began. */
  readonly generation: number;
  /** Until when what it brought need not be loaded again; 0: as long as the feed says nothing newer. */
  readonly freshUntil: number;
  readonly now: () => number;
}

/**
 * Takes what the source had straight into memory, unless the feed has shown something newer since the load began:
 *
 *   reader: load → v4 (on its way)
 *   writer:                          commit v5, announce
 *   reader:                                               message v5
 *   reader:                                                           load ends with v4   → it is old already
 *
 * Answers false then: load again. Throws `INVALID_VALUE` where the schema refuses it; a value that memory has stays.
 */
export function admitLoaded(
  memory: TenantMemory,
  slot: Slot,
  loaded: LoadedConfig | undefined,
  at: LoadMoment,
): boolean {
  const { address, config } = slot;
  const { version = 0, json, updatedAt = 0, expiresAt = 0 } = loaded ?? {};
  if (!config || isNewer(memory.shown(address), version)) return false;
  const { freshUntil, now } = at;
  const wasVouchedFor = memory.live && slot.isVouchedFor(now);
  // Redis has all of it, and memory what Redis has: what is newer comes with the rest of its transaction.
  //   reader: load (Redis does not answer)                                    feed is live again
  //   writer:                               commit v5 and a row                                     publish both
  //   reader:                                                                            load ends with v5   → the row is still the old one
  if (wasVouchedFor && isWholeInRedis(config)) return true;
  // Every message since the load began was heard, and none was newer. Without a live feed nobody can say so.
  const isHeard = memory.live && memory.generation === at.generation;
  let isSame = false;
  // Also where memory is ahead: it need not be asked again at once.
  slot.loadedAt = now();
  if (json === undefined) {
    if (slot.isPresent(now) && isNewer(slot.version, version)) return true;
    memory.clear(slot, Math.max(version, slot.version - 1), freshUntil);
  } else if (slot.hasPassed(address, version)) return true;
  else {
    try {
      const value = () => parseConfigValue(config, JSON.parse(json));
      isSame = slot.state === 'present' && slot.version === version;
      if (isSame && !(isHeard && isOtherWrite(slot, updatedAt, value))) memory.renew(slot, { freshUntil, expiresAt });
      else memory.put(slot, { owner: address, version, updatedAt, expiresAt, freshUntil, value: value() });
    } catch (error) {
      slot.trouble = error as TenantryError;
      throw error instanceof TenantryError ? error : notJson(config.name);
    }
  }
  slot.loadedAt = now();
  if (isHeard) memory.vouch(slot, slot.generation === memory.generation ? slot.seq : 0);
  else if (!(isSame && wasVouchedFor)) slot.outdated = true;
  return true;
}

function notJson(name: string): TenantryError {
  return new TenantryError('INVALID_VALUE', `"${name}": what the source gave is not JSON: it is not shown.`);
}
