import type { AnyConfig } from '@tenantry/protocol';
import { GROUPS_NAME } from '@tenantry/protocol/internal';
import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { HEAT_RANKS, rankOf } from './heat-rank.ts';

/**
 * How hot a ref is: how often it was read lately. Each read adds one, and each tick takes half away, so what was read often yesterday does
 * not stand before what is read now. A number in each slot, and no list besides: it is bounded as memory is.
 */
export function coolDown(memory: TenantMemory): void {
  for (const slot of memory.slots.values()) slot.cool();
}

/** A watched slot that nobody reads counts once for each of its watchers. */
export function heatOf(slot: Slot, memory: TenantMemory): number {
  return slot.heat + memory.watched.countOf(slot);
}

/** By rank: within one, the order stays. A message is mostly about one slot. */
export function hottestFirst(slots: Iterable<Slot>, memory: TenantMemory): Slot[] {
  const all = [...slots];
  if (all.length < 2) return all;
  const byRank: Slot[][] = Array.from({ length: HEAT_RANKS }, () => []);
  for (const slot of all) byRank[rankOf(heatOf(slot, memory))]?.push(slot);
  return byRank.flat();
}

/**
 * The configs that were read most lately, over many tenants: at most so many of them, those of the same heat by name, so that every process takes
 * the same ones. The groups of tenants are read along with others.
 */
export function hottestConfigs(memories: Iterable<TenantMemory>, most: number): AnyConfig[] {
  const heats = new Map<AnyConfig, number>();
  for (const memory of memories)
    for (const slot of memory.slots.values())
      if (slot.config && slot.config.name !== GROUPS_NAME)
        heats.set(slot.config, (heats.get(slot.config) ?? 0) + heatOf(slot, memory));
  return [...heats]
    .sort(([one, a], [other, b]) => b - a || (one.name < other.name ? -1 : 1))
    .slice(0, most)
    .map(([config]) => config);
}
