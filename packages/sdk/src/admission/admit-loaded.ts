import { type AnyConfig, type LoadedConfig, TenantryError } from '@tenantry/protocol';
import { parseConfigValue } from '@tenantry/protocol/internal';
import { isNewer } from '@tenantry/protocol/wire';
import { isWholeInRedis } from '../memory/config-freshness.ts';
import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { isReusedVersion } from './is-reused-version.ts';

/** The moment of a load whose answer does not go by way of Redis. */
export interface LoadMoment {
  /** The memory's generation when the load began. */
  readonly generation: number;
  /** Until then the answer need not be loaded again; 0: as long as the feed tells of no newer version. */
  readonly freshUntil: number;
  /** Values end by it. */
  readonly now: () => number;
  /** For how long nothing was loaded. */
  readonly clock: () => number;
}

/**
 * Takes an answer of the source straight into memory, unless the feed has shown something newer since the load began:
 *
 *   reader: load → v4 (on its way)
 *   writer:                          commit v5, announce
 *   reader:                                               message v5
 *   reader:                                                           load ends with v4   → it is old already
 *
 * Answers false then: load again. Throws `INVALID_VALUE` where the schema refuses the value; memory keeps the value that it has.
 */
export function admitLoaded(
  memory: TenantMemory,
  slot: Slot,
  loaded: LoadedConfig | undefined,
  at: LoadMoment,
): boolean {
  const { address, config } = slot;
  const version = loaded?.version ?? 0;
  if (!config || isNewer(memory.replies.heardOf(address), version)) return false;
  const { now, clock } = at;
  const wasConfirmed = memory.live && slot.isConfirmed(now);
  // Redis has all of this config, and memory has the state of Redis: a newer version comes with the rest of its transaction.
  //   reader: load (Redis does not answer)                                    feed is live again
  //   writer:                               commit v5 and a row                                     publish both
  //   reader:                                                                            load ends with v5   → the row is still the old one
  if (wasConfirmed && isWholeInRedis(config)) return true;
  // Memory heard every message since the load began, and none was newer. Without a live feed nobody can say so.
  const isHeard = memory.live && memory.generation === at.generation;
  // Also where memory is ahead: it need not be asked again at once.
  memory.markLoaded(slot, clock());
  const admitted =
    loaded?.json === undefined
      ? admitAbsence(memory, slot, version, at)
      : admitValue(memory, slot, { ...loaded, json: loaded.json, config }, at, isHeard);
  if (admitted === 'ahead') return true;
  memory.markLoaded(slot, clock());
  const { generation, seq } = slot.knowledge;
  if (isHeard) memory.confirm(slot, generation === memory.generation ? seq : 0);
  else if (!(admitted === 'same' && wasConfirmed)) memory.distrust(slot);
  return true;
}

/** `ahead`: memory has a newer state, and keeps it. */
type Admitted = 'ahead' | 'same' | 'changed';

function admitAbsence(memory: TenantMemory, slot: Slot, version: number, { freshUntil, now }: LoadMoment): Admitted {
  const shown = slot.shown.version;
  if (slot.isPresent(now) && isNewer(shown, version)) return 'ahead';
  memory.clear(slot, Math.max(version, shown - 1), freshUntil);
  return 'changed';
}

function admitValue(
  memory: TenantMemory,
  slot: Slot,
  loaded: LoadedConfig & { readonly json: string; readonly config: AnyConfig },
  { freshUntil }: LoadMoment,
  isHeard: boolean,
): Admitted {
  const { config, version, json, updatedAt, expiresAt } = loaded;
  const { address: owner } = slot;
  if (slot.isForbidden(owner, version)) return 'ahead';
  try {
    const value = () => parseConfigValue(config, JSON.parse(json));
    const isSame = slot.state === 'present' && slot.shown.version === version;
    if (isSame && !(isHeard && isReusedVersion(slot, updatedAt, value))) memory.renew(slot, { freshUntil, expiresAt });
    else memory.put(slot, { owner, version, updatedAt, expiresAt, freshUntil, value: value() });
    return isSame ? 'same' : 'changed';
  } catch (error) {
    memory.keepLastGood(slot, error as TenantryError);
    throw error instanceof TenantryError ? error : notJson(config.name);
  }
}

function notJson(name: string): TenantryError {
  return new TenantryError('INVALID_VALUE', `"${name}": what the source gave is not JSON: it is not shown.`);
}
