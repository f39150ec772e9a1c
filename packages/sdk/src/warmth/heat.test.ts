import { type AnyConfig, defineConfig } from '@tenantry/protocol';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Sieve } from '../memory/sieve.ts';
import type { Slot } from '../memory/slot.ts';
import { TenantMemory } from '../memory/tenant-memory.ts';
import { feature, limits } from '../published-configs.fixture.ts';
import { coolDown, heatOf, hottestConfigs, hottestFirst } from './heat.ts';

function memoryOf(
  tenant: string,
  reads: Readonly<Record<string, number>>,
  configs: readonly AnyConfig[] = [limits, feature],
) {
  const memory = new TenantMemory(tenant, new Sieve(100), 0);
  for (const [address, count] of Object.entries(reads)) {
    const slot = memory.pin(
      address,
      configs.find(config => config.address === address),
    );
    for (let i = 0; i < count; i++) slot.visit();
  }
  const hottest = () => hottestFirst(memory.slots.values(), memory).map(({ address }) => address);
  return { memory, hottest };
}

describe('heat', () => {
  it('puts what was read more often first, and a watched ref before one that nobody wants', () => {
    const { memory, hottest } = memoryOf('acme', { none: 0, once: 1, watched: 0, often: 100, twice: 5 });
    memory.watch('watched', undefined, () => undefined);
    memory.watch('watched', undefined, () => undefined);
    expect(hottest()).toEqual(['often', 'twice', 'watched', 'once', 'none']);
  });

  it('is forgotten by half with each tick, so that what is read now comes before what was read much before', () => {
    const { memory, hottest } = memoryOf('acme', { before: 1_000, now: 0 });
    for (let tick = 0; tick < 6; tick++) {
      coolDown(memory);
      for (let i = 0; i < 20; i++) memory.slots.get('now')?.visit();
    }
    expect(hottest()).toEqual(['now', 'before']);
    for (let tick = 0; tick < 20; tick++) coolDown(memory);
    expect([...memory.slots.values()].map(slot => heatOf(slot, memory))).toEqual([0, 0]);
  });

  it('and what the sieve knows of a slot do not touch each other, though they share a field', () => {
    const { memory } = memoryOf('acme', { read: 9, unread: 0 });
    const [read, unread] = [...memory.slots.values()] as [Slot, Slot];
    coolDown(memory);
    expect([read, unread].map(({ heat, visited }) => [heat, visited])).toEqual([
      [4, true],
      [0, false],
    ]);
    read.visited = false;
    unread.visited = true;
    expect([read, unread].map(({ heat, visited }) => [heat, visited])).toEqual([
      [4, false],
      [0, true],
    ]);
    coolDown(memory);
    expect([read, unread].map(({ heat, visited }) => [heat, visited])).toEqual([
      [2, false],
      [0, true],
    ]);
  });

  // I6
  it('of a config is that of all its tenants together, and refs of entities are left out', () => {
    const [one, two] = [
      memoryOf('one', { [limits.address]: 5, [feature.address]: 4, 'plans:id:1': 99 }),
      memoryOf('two', { [feature.address]: 3 }),
    ];
    const memories = [one.memory, two.memory];
    expect(hottestConfigs(memories, 10)).toEqual([feature, limits]);
    expect(hottestConfigs(memories, 1)).toEqual([feature]);
  });

  // I6: there is no least number of reads: after a quiet night nothing was read lately, and a new tenant is to be warm all the same.
  it('decides which configs are among so many, and where it is the same their names do, whoever was read first', () => {
    const configs = ['d', 'c', 'b', 'a'].map(name => defineConfig({ name, schema: z.number() }));
    const readsOf = (names: string) =>
      memoryOf('acme', Object.fromEntries([...names].map(name => [`@config:${name}`, 0])), configs);
    for (const order of ['dcba', 'abcd', 'cadb']) {
      const { memory } = readsOf(order);
      expect(hottestConfigs([memory], 3).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
      for (const name of ['c', 'c', 'd', 'b']) memory.slots.get(`@config:${name}`)?.visit();
      expect(hottestConfigs([memory], 2).map(({ name }) => name)).toEqual(['c', 'b']);
    }
  });
});
