import { type AnyConfig, defineConfig, type LoadedConfig } from '@tenantry/protocol';
import { seededRandom } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { Sieve } from '../memory/sieve.ts';
import { TenantMemory } from '../memory/tenant-memory.ts';
import { admitLoaded } from './admit-loaded.ts';
import { applyMessage } from './apply-message.ts';
import { createEnvelopeOpener } from './open-envelope.ts';

const local: AnyConfig = defineConfig({ name: 'local', schema: z.number(), cache: 'local' });
const open = createEnvelopeOpener();
const now = () => 1_000;

const whole: AnyConfig = defineConfig({ name: 'whole', schema: z.number() });

function memoryOf(config: AnyConfig = local) {
  const memory = new TenantMemory('acme', new Sieve(10), 0, true);
  memory.continuity.setLive(true, now);
  const slot = memory.pin(config.address, config);
  let seq = 0;
  return {
    memory,
    slot,
    announce(version: number, op: 'put' | 'delete' = 'put') {
      const addresses = op === 'put' ? [config.address] : [];
      const change = { owner: config.address, version, op, addresses, envelope: undefined };
      applyMessage(memory, { kind: 'changes', epoch: 'e', seq: ++seq, tag: 't', changes: [change] }, open, now);
    },
    /** Reads the table now; what is returned ends the load. */
    load(row: LoadedConfig | undefined) {
      const ended = memory.replies.open();
      const { generation } = memory;
      return () => {
        const isAdmitted = admitLoaded(memory, slot, row, { generation, freshUntil: 0, now, clock: now });
        ended();
        return isAdmitted;
      };
    },
  };
}

const row = (version: number, isSet = true): LoadedConfig => ({
  version,
  updatedAt: 1,
  expiresAt: 0,
  json: isSet ? String(version) : undefined,
});

it('refuses a load that a change has overtaken, and takes the next', () => {
  // L52, G14
  const { slot, announce, load } = memoryOf();
  expect(load(row(1))()).toBe(true);
  announce(2);
  expect(slot.isConfirmed(now)).toBe(false);
  const late = load(row(2));
  announce(3);
  expect(late()).toBe(false);
  expect(slot.value).toBe(1);
  expect(load(row(3))()).toBe(true);
  expect([slot.value, slot.isConfirmed(now)]).toEqual([3, true]);
});

it('refuses that there was none, where it was created meanwhile', () => {
  // G10
  const { slot, announce, load } = memoryOf();
  const late = load(undefined);
  announce(1);
  expect(late()).toBe(false);
  expect(load(row(1))()).toBe(true);
  expect(slot.value).toBe(1);
});

it('does not vouch for what was loaded while the feed broke off', () => {
  const { memory, slot, load } = memoryOf();
  const late = load(row(1));
  memory.endContinuity();
  expect(late()).toBe(true);
  expect([slot.value, slot.isConfirmed(now)]).toEqual([1, false]);
});

it('does not show ahead of the feed what Redis has all of', () => {
  // G4: what else its transaction changed is still on its way.
  const { memory, slot, load } = memoryOf(whole);
  expect(load(row(1))()).toBe(true);
  const late = load(row(2));
  memory.endContinuity();
  // The resync that made the feed live again found version 1.
  memory.confirm(slot, 7);
  expect(late()).toBe(true);
  expect([slot.value, slot.isConfirmed(now)]).toEqual([1, true]);
});

it('stays vouched for where a load that began before only says the same', () => {
  const { memory, slot, load } = memoryOf();
  expect(load(row(1))()).toBe(true);
  const late = load(row(1));
  memory.endContinuity();
  memory.confirm(slot, 7);
  expect(late()).toBe(true);
  expect([slot.value, slot.isConfirmed(now)]).toEqual([1, true]);
});

it('whatever comes late, memory never goes back, and what it vouches for is no older than what was announced', () => {
  const { seed } = seededRandom();
  for (let history = 0; history < 300; history++) {
    const random = seededRandom(seed + history);
    const { memory, slot, announce, load } = memoryOf();
    let table = row(1);
    /** Committed, and not yet heard of. */
    const pending: LoadedConfig[] = [];
    const loads: (() => boolean)[] = [];
    let [shown, heard] = [0, 0];
    const steps = [
      () => {
        table = row(table.version + 1, random.chance(0.7));
        pending.push(table);
      },
      () => {
        // Announcements of one record come in its order, or not at all where a later one has overtaken them.
        if (random.chance(0.2)) pending.shift();
        const next = pending.shift();
        if (!next) return;
        heard = next.version;
        announce(heard, next.json === undefined ? 'delete' : 'put');
      },
      () => loads.push(load(table)),
      () => loads.splice(random.int(0, loads.length - 1), 1)[0]?.(),
      () => random.chance(0.05) && memory.continuity.generation++,
    ];
    for (let step = 0; step < 80; step++) {
      random.pick(steps)();
      const where = `seed ${random.seed}, step ${step}`;
      if (slot.state === 'present') {
        expect(slot.shown.version, where).toBeGreaterThanOrEqual(shown);
        shown = slot.shown.version;
        if (slot.isConfirmed(now)) expect(slot.shown.version, where).toBeGreaterThanOrEqual(heard);
      }
    }
    for (const end of loads) end();
    while (pending.length > 0) {
      const next = pending.shift() as LoadedConfig;
      announce(next.version, next.json === undefined ? 'delete' : 'put');
    }
    expect(load(table)(), `seed ${random.seed}`).toBe(true);
    expect(slot.value, `seed ${random.seed}`).toBe(table.json === undefined ? undefined : table.version);
  }
});
