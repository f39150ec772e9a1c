import { createReplica } from '@tenantry/redis';
import { createClient } from '@tenantry/sdk';
import { eventually } from '@tenantry/testing';
import { BehaviorSubject, type Observable } from 'rxjs';
import type { SettingsRow } from '../app/benched-app.ts';
import { changeOf, numberedRows, publishRows, refOf } from '../app/replica-fixture.ts';
import type { BenchContext } from '../bench-context.ts';
import { type Figure, figure } from '../figures/figure.ts';
import { heldBytes } from '../figures/heap.ts';
import { inTurns } from '../figures/in-turns.ts';

/** What each subscriber of one ref costs, to begin with and at each emission; beside a bare BehaviorSubject of RxJS. */
export async function benchWatchCost(context: BenchContext): Promise<Figure[]> {
  const [row] = numberedRows('acme', 1) as [SettingsRow];
  await publishRows(context, 'acme', [row]);
  const replica = createReplica(context);
  await using client = await createClient({ redis: context.redis, prefix: context.prefix });
  const acme = client.tenant('acme');
  await acme.get(refOf(row));
  let version = 1_000;
  const figures: Figure[] = [];
  for (const subscribers of [1, 100, context.size(10_000)]) {
    const start = { ours: [] as number[], bare: [] as number[] };
    const watched = () => acme.watch(refOf(row));
    const subject = () => new BehaviorSubject<SettingsRow | undefined>(row);
    const emissions = await inTurns(context.rounds(30), {
      ours: () =>
        emission(watched(), subscribers, start.ours, async () => {
          const change = { ...row, seats: ++version };
          await replica.apply('acme', [changeOf(change, version)]);
          return version;
        }),
      bare: () => {
        const values = subject();
        return emission(values, subscribers, start.bare, async () => {
          values.next({ ...row, seats: 7 });
          return 7;
        });
      },
    });
    const bytes = await inTurns(context.rounds(3), {
      ours: () => heldBySubscribers(watched(), subscribers),
      bare: () => heldBySubscribers(subject(), subscribers),
    });
    const what = `${subscribers.toLocaleString('en')} ${subscribers === 1 ? 'subscriber' : 'subscribers'} of one ref`;
    const beside = (of: number[]) => ({ BehaviorSubject: of });
    figures.push(figure({ what: `${what}: to subscribe, each`, unit: 'ns' }, start.ours, beside(start.bare)));
    // One is lost in what else a process holds, and has no other to be counted from.
    if (subscribers === 1) continue;
    figures.push(figure({ what: `${what}: held memory, each`, unit: 'bytes' }, bytes.ours, beside(bytes.bare)));
    figures.push(figure({ what: `${what}: an emission, each`, unit: 'ns' }, emissions.ours, beside(emissions.bare)));
  }
  return figures;
}

/** The time of an emission for each subscriber; `change` answers the seats that it makes known. */
async function emission(
  observable: Observable<SettingsRow | undefined>,
  count: number,
  starts: number[],
  change: () => Promise<number>,
): Promise<number> {
  // When the first and the last subscriber heard of each value: how the change came here is another benchmark's.
  const heard = new Map<number, { count: number; readonly first: number; last: number }>();
  const hear = (row: SettingsRow | undefined): void => {
    if (!row) return;
    const known = heard.get(row.seats);
    if (!known) heard.set(row.seats, { count: 1, first: performance.now(), last: 0 });
    else if (++known.count === count) known.last = performance.now();
  };
  const startedAt = performance.now();
  const subscriptions = Array.from({ length: count }, () => observable.subscribe(hear));
  starts.push((performance.now() - startedAt) / count);
  const seats = await change();
  const times = await eventually(() => {
    const known = heard.get(seats);
    if (known?.count !== count) throw new Error(`${known?.count ?? 0} of ${count} subscribers heard of the change`);
    return known;
  });
  for (const subscription of subscriptions) subscription.unsubscribe();
  return count === 1 ? Number.NaN : (times.last - times.first) / (count - 1);
}

async function heldBySubscribers(observable: Observable<SettingsRow | undefined>, count: number): Promise<number> {
  const before = await heldBytes();
  const subscriptions = Array.from({ length: count }, () => observable.subscribe());
  const held = (await heldBytes()) - before;
  for (const subscription of subscriptions) subscription.unsubscribe();
  return held / count;
}
