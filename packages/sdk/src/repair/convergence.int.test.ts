import type { RecordChange } from '@tenantry/redis';
import { eventually, type FaultProxy, type SeededRandom, seededRandom, startFaultProxy } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { type Plan, planById, planBySlug, planDelete, planPut, startWorld } from '../world.fixture.ts';

const IDS = [1, 2, 3, 4, 5, 6];
const SLUGS = ['a', 'b', 'c', 'd'];
/** Always written together, with the same seats. */
const PAIR = [7, 8];

/** A table with a unique slug, and random transactions on it. */
class Table {
  readonly rows = new Map<number, { version: number; slug: string | undefined; seats: number }>();
  #version = 0;
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  transaction(): RecordChange[] {
    const random = this.#random;
    const changes = Array.from({ length: random.int(1, 3) }, () => this.#change(random.pick(IDS))).flat();
    if (random.chance(0.5)) {
      const seats = random.int(1, 1_000_000);
      for (const id of PAIR) changes.push(this.#put(id, undefined, seats));
    }
    return changes;
  }

  #change(id: number): RecordChange[] {
    const random = this.#random;
    if (random.chance(0.2)) {
      this.rows.delete(id);
      return [planDelete(id, ++this.#version)];
    }
    const slug = random.chance(0.7) ? random.pick(SLUGS) : undefined;
    const holder = [...this.rows].find(([other, row]) => other !== id && slug !== undefined && row.slug === slug);
    // A unique key is handed over, or swapped, within one transaction.
    const handed = holder ? [this.#put(holder[0], this.rows.get(id)?.slug, holder[1].seats)] : [];
    return [...handed, this.#put(id, slug, random.int(1, 1_000_000))];
  }

  #put(id: number, slug: string | undefined, seats: number): RecordChange {
    const version = ++this.#version;
    this.rows.set(id, { version, slug, seats });
    const ballast = this.#random.chance(0.1) && !PAIR.includes(id) ? 6_000 : 0;
    return planPut({ id, version, seats, ballast, ...(slug === undefined ? undefined : { slug }) });
  }
}

it.each(Array.from({ length: 4 }, (_, i) => i))(
  'ends at the state of Redis whatever happened on the way, and no watcher sees a version go back (%i)',
  async run => {
    // G3, G4, G6 of the promises; G18, L53; R7 (reader): with a feed of four messages most outages are full resyncs beside pushes.
    const { seed } = seededRandom();
    const random = seededRandom(seed + run);
    await using world = startWorld(undefined, random.pick([4, 256]));
    const { hostname: host, port } = new URL(world.redisUrl);
    await using proxy = await startFaultProxy({ target: { host, port: Number(port) } });
    const client = await world.client({
      redis: world.connect(proxy.port),
      readTimeoutMs: 100,
      maxEntries: 10,
      sweepMs: 50,
    });
    const acme = client.tenant('acme');
    const table = new Table(random);
    const wrong: string[] = [];

    const refs = [...[...IDS, ...PAIR].map(planById), ...SLUGS.map(planBySlug)];
    const last = new Map<string, { plan: Plan | undefined; stale: boolean }>();
    const watching = refs.map(ref => {
      const highest = new Map<number, number>();
      return acme.watchEntry(ref).subscribe(({ value, version = 0, stale }) => {
        const plan = value as Plan | undefined;
        last.set(ref.address, { plan, stale });
        if (plan && version < (highest.get(plan.id) ?? 0)) wrong.push(`${ref.address}: ${plan.id} back to ${version}`);
        if (plan) highest.set(plan.id, version);
        const [one, two] = PAIR.map(id => acme.peekEntry(planById(id)));
        if (one && two && !one.stale && !two.stale && one.value?.seats !== two.value?.seats)
          wrong.push(`half a transaction: ${one.version} beside ${two.version}`);
      });
    });

    for (let step = 0; step < 150; step++) {
      await world.apply('acme', ...table.transaction());
      if (random.chance(0.15)) misbehave(proxy, random);
      if (random.chance(0.3)) await acme.get(random.pick(refs)).catch(() => undefined);
      if (random.chance(0.1)) await eventually(() => true);
    }
    proxy.set('pass');
    proxy.delay(0);

    await eventually(
      () => {
        for (const id of [...IDS, ...PAIR]) {
          const row = table.rows.get(id);
          expect(last.get(planById(id).address)).toMatchObject({ stale: false });
          expect(last.get(planById(id).address)?.plan?.seats, `plan ${id}`).toBe(row?.seats);
        }
        for (const slug of SLUGS) {
          const [id] = [...table.rows].find(([, row]) => row.slug === slug) ?? [];
          expect(last.get(planBySlug(slug).address)?.plan?.id, `slug ${slug}`).toBe(id);
        }
      },
      { message: `all watchers to be at the table's state (seed ${random.seed})` },
    );
    expect(wrong, `seed ${random.seed}`).toEqual([]);
    expect(client.stats().repairedBySweep, `seed ${random.seed}`).toBe(0);
    for (const one of watching) one.unsubscribe();
  },
);

function misbehave(proxy: FaultProxy, random: SeededRandom): void {
  const what = random.int(0, 5);
  if (what === 0) proxy.cut();
  else if (what === 1) proxy.set('refuse');
  else if (what === 2) proxy.set('stall');
  else if (what === 3) proxy.delay(random.int(0, 10));
  else proxy.set('pass');
}
