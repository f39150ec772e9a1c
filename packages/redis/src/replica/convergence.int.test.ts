import { decodeEnvelope } from '@tenantry/protocol/wire';
import { type SeededRandom, seededRandom } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { gone, openReplica, ownerOfRow, row, type TestReplica } from '../replica.fixture.ts';
import type { RecordChange } from './create-replica.ts';

const HISTORIES = 4_000;
const AT_ONCE = 50;
const ROWS = [1, 2, 3, 4];
const SLUGS = ['a', 'b', 'c', 'd', 'e'];
const addressesOf = (id: number, slug: string) => [`id:${id}`, `slug:${slug}`, `both:${id}:${slug}`];
const EVERY_ADDRESS = [...new Set(ROWS.flatMap(id => SLUGS.flatMap(slug => addressesOf(id, slug))))];

/** Row id → the slug it has; slugs are unique, as a database would see to. */
type Table = ReadonlyMap<number, string>;
/** What the outbox has of one change: no state, that is read when it is published. */
interface OutboxRow {
  readonly id: number;
  readonly version: number;
  /** The step of the history that committed it. */
  readonly step: number;
  readonly slugBefore: string | undefined;
}
interface History {
  /** The table after each step. */
  readonly tables: readonly Table[];
  readonly outbox: readonly OutboxRow[];
}

// G5, G3, R1, R9, R10. Publishers read late, overtake each other and repeat themselves; the end is always the table.
it('ends at exactly the table, and never goes back, whatever order the changes arrive in', async () => {
  await using test = openReplica({ feedLength: 1 });
  await test.replica.apply('warm-up', [gone(1, 1)]); // so that no history is reordered by a script sent again
  const { seed } = seededRandom();
  const failures: string[] = [];
  for (let i = 0; i < HISTORIES && failures.length === 0; i += AT_ONCE) {
    const seeds = Array.from({ length: AT_ONCE }, (_, j) => seed + i + j);
    const problems = await Promise.all(seeds.map(each => live(test, each)));
    problems.forEach((problem, j) => {
      if (problem) failures.push(`TENANTRY_SEED=${seeds[j]}: ${problem}`);
    });
  }
  expect(failures.slice(0, 3).join('\n')).toBe('');
}, 180_000);

/** Lives one history in a tenant of its own; answers what was wrong at its end, or on the way. */
async function live({ replica, redis, reader }: TestReplica, seed: number): Promise<string | undefined> {
  const random = seededRandom(seed);
  const tenant = `seed-${seed}`;
  const { records } = replica.names.of(tenant);
  const history = invent(random);
  const batches = publish(history, random);

  // One connection keeps the order, so that the whole history is one round trip.
  const views = batches.map(async batch => {
    const applied = replica.apply(tenant, batch);
    const versions = await redis.hgetall(records);
    await applied;
    return versions;
  });
  const highest = new Map<string, number>();
  for (const view of await Promise.all(views))
    for (const [owner, text] of Object.entries(view)) {
      const version = Number(text.split(' ')[0]);
      if (version < (highest.get(owner) ?? 0)) return `${owner} went back to ${version}\n${describe(history, batches)}`;
      highest.set(owner, version);
    }

  const found: Record<string, string> = {};
  const { envelopes } = await reader.read(tenant, EVERY_ADDRESS);
  envelopes.forEach((envelope, i) => {
    if (!envelope) return;
    const { owner, version, payload } = decodeEnvelope(envelope);
    found[EVERY_ADDRESS[i] as string] = `${owner}@${version} ${Buffer.from(payload)}`;
  });
  try {
    expect(found).toEqual(wanted(history));
  } catch (error) {
    return `${(error as Error).message}\n${describe(history, batches)}`;
  }
  return undefined;
}

/** What Redis must hold: f(table). */
function wanted({ tables, outbox }: History): Record<string, string> {
  const keys: Record<string, string> = {};
  for (const [id, slug] of tables.at(-1) as Table) {
    const { version } = outbox.findLast(change => change.id === id) as OutboxRow;
    for (const address of addressesOf(id, slug)) keys[address] = `${ownerOfRow(id)}@${version} ${slug}`;
  }
  return keys;
}

/** Transactions, one after the other, as row locks make them. The outbox id is the version. */
function invent(random: SeededRandom): History {
  const tables: Table[] = [];
  const outbox: OutboxRow[] = [];
  let version = 0;
  let table: Table = new Map();
  const steps = random.int(2, 14);
  for (let step = 0; step < steps; step++) {
    const next = new Map(table);
    const present = [...next.keys()];
    const absent = ROWS.filter(id => !next.has(id));
    const free = SLUGS.filter(slug => ![...next.values()].includes(slug));
    const changed = new Set<number>();
    const kind = random.pick(['insert', 'update', 'touch', 'swap', 'delete'] as const);
    if (kind === 'insert' && absent.length > 0 && free.length > 0) {
      const id = random.pick(absent);
      next.set(id, random.pick(free));
      changed.add(id);
    } else if (kind === 'swap' && present.length > 1) {
      const [one, other] = random.shuffle(present) as [number, number];
      next.set(one, table.get(other) as string).set(other, table.get(one) as string);
      changed.add(one).add(other);
    } else if (present.length > 0 && free.length > 0) {
      const id = random.pick(present);
      if (kind === 'delete') next.delete(id);
      else if (kind === 'update') next.set(id, random.pick(free));
      changed.add(id);
    }
    // Within one transaction the ids come in no particular order.
    for (const id of random.shuffle([...changed]))
      outbox.push({ id, version: ++version, step, slugBefore: table.get(id) });
    table = next;
    tables.push(table);
  }
  return { tables, outbox };
}

/** Batches as publishers would send them: each reads one snapshot, at or after the newest change it has. */
function publish({ tables, outbox }: History, random: SeededRandom): RecordChange[][] {
  const sent = random.chance(0.5)
    ? [...outbox]
    : outbox.flatMap(change => (random.chance(0.3) ? [change, change] : [change]));
  // Half of the time nearly in order, as it mostly is; else in any.
  const order = random.chance(0.5)
    ? random.shuffle(sent)
    : sent
        .map(change => ({ change, at: change.version + random.next() * 4 }))
        .sort((a, b) => a.at - b.at)
        .map(({ change }) => change);
  const batches: RecordChange[][] = [];
  for (let at = 0; at < order.length; ) {
    const batch = order.slice(at, at + random.int(1, 3));
    at += batch.length;
    const newest = Math.max(...batch.map(({ step }) => step));
    const snapshot = tables[random.chance(0.5) ? newest : random.int(newest, tables.length - 1)] as Table;
    batches.push(
      batch.map(({ id, version, slugBefore }) => {
        const slug = snapshot.get(id);
        const before = slugBefore && random.chance(0.5) ? addressesOf(id, slugBefore) : undefined;
        return slug === undefined
          ? gone(id, version, before)
          : row(id, version, addressesOf(id, slug), { text: slug, ...(before && { formerAddresses: before }) });
      }),
    );
  }
  return batches;
}

function describe({ tables, outbox }: History, batches: readonly RecordChange[][]): string {
  const steps = tables.map((table, step) => {
    const changes = outbox.filter(change => change.step === step).map(({ id, version }) => `${id}@${version}`);
    return `  step ${step}: ${changes.join(' ')} → ${[...table].map(([id, slug]) => `${id}=${slug}`).join(' ')}`;
  });
  const sent = batches.map(batch =>
    batch.map(({ owner, version, addresses }) => `${owner}@${version} [${addresses[1] ?? 'gone'}]`).join(', '),
  );
  return [...steps, ...sent.map(line => `  apply ${line}`)].join('\n');
}
