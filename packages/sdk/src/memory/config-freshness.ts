import type { AnyConfig } from '@tenantry/protocol';
import { earlier, GROUPS_NAME } from '@tenantry/protocol/internal';
import type { Slot } from './slot.ts';
import type { ValueTimes } from './stored-record.ts';

/**
 * A source is asked for this config. Readers take the values of other configs from Redis alone: of those that only it has, and of all that is
 * inherited, for a source knows tenants and no other scope.
 */
export function isLoadable(config: AnyConfig | undefined): config is AnyConfig {
  return config?.persistence === 'database' && config.inherit === 'none' && config.name !== GROUPS_NAME;
}

/** Redis has every value of this config. Of another config, Redis may have dropped a value, or only announced it. */
export function isWholeInRedis(config: AnyConfig | undefined): boolean {
  if (!isLoadable(config)) return true;
  return config.cache === 'replicated' && config.writePolicy !== 'write-around' && config.maxStaleMs === undefined;
}

/** The moments that matter to one slot; ms since 1970, 0 never. */
export interface SlotTimes {
  /** From then on it must be loaded anew. */
  readonly freshUntil: number;
  /** The value itself ends, or can no longer be shown although it cannot be loaded. */
  readonly expiresAt: number;
  /** From then on a read must look more closely. */
  readonly dueAt: number;
}

/** `endsAt`: when the value itself ends. A reader without a source leaves freshness to the feed. */
export function timesOf(
  config: AnyConfig | undefined,
  hasSource: boolean,
  freshUntil: number,
  endsAt: number,
): SlotTimes {
  if (!hasSource || !isLoadable(config)) return { freshUntil: 0, expiresAt: endsAt, dueAt: endsAt };
  if (config.cache === 'off') return { freshUntil: 0, expiresAt: endsAt, dueAt: 1 };
  if (freshUntil === 0) return { freshUntil, expiresAt: endsAt, dueAt: endsAt };
  const { ttlMs = 0, maxStaleMs, eagerRefresh = 1 } = config;
  const expiresAt = maxStaleMs === undefined ? endsAt : earlier(endsAt, freshUntil + maxStaleMs);
  return { freshUntil, expiresAt, dueAt: earlier(expiresAt, freshUntil - ttlMs * (1 - eagerRefresh)) };
}

/** Answers until when the value is fresh: without a source, that is left to the feed. */
export function setTimes(slot: Slot, hasSource: boolean, times: ValueTimes): number {
  const { freshUntil, expiresAt, dueAt } = timesOf(slot.config, hasSource, times.freshUntil, times.expiresAt);
  slot.expiresAt = expiresAt;
  slot.dueAt = dueAt;
  return freshUntil;
}
