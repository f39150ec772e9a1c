import { createReplica } from '@tenantry/redis';
import { createClient } from '@tenantry/sdk';
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
    const ours = { start: [] as number[], bytes: [] as number[] };
    const bare = { start: [] as number[], bytes: [] as number[] };
    const emissions = await inTurns(context.rounds(30), {
      ours: async () => {
        const watched = await subscribe(acme.watch(refOf(row)), subscribers, ours);
        const change = { ...row, seats: ++version };
        const heard = watched.next(change.seats);
        await replica.apply('acme', [changeOf(change, version)]);
        const time = await heard;
        watched.end();
        return time;
      },
      bare: async () => {
        const subject = new BehaviorSubject<SettingsRow | undefined>(row);
        const watched = await subscribe(subject, subscribers, bare);
        const heard = watched.next(7);
        subject.next({ ...row, seats: 7 });
        const time = await heard;
        watched.end();
        return time;
      },
    });
    const what = `${subscribers.toLocaleString('en')} ${subscribers === 1 ? 'subscriber' : 'subscribers'} of one ref`;
    const beside = (of: number[]) => ({ BehaviorSubject: of });
    figures.push(figure({ what: `${what}: to subscribe, each`, unit: 'ns' }, ours.start, beside(bare.start)));
    // One is lost in what else a process holds, and has no other to be counted from.
    if (subscribers === 1) continue;
    figures.push(figure({ what: `${what}: held memory, each`, unit: 'bytes' }, ours.bytes, beside(bare.bytes)));
    figures.push(figure({ what: `${what}: an emission, each`, unit: 'ns' }, emissions.ours, beside(emissions.bare)));
  }
  return figures;
}

async function subscribe(
  observable: Observable<SettingsRow | undefined>,
  count: number,
  costs: { readonly start: number[]; readonly bytes: number[] },
) {
  let wanted = -1;
  let heard = 0;
  let firstAt = 0;
  let done: (time: number) => void = () => undefined;
  const hear = (row: SettingsRow | undefined): void => {
    if (row?.seats !== wanted) return;
    heard++;
    if (heard === 1) firstAt = performance.now();
    // From the first to the last: how the change came here is another benchmark's.
    if (heard === count) done((performance.now() - firstAt) / Math.max(1, count - 1));
  };
  const before = await heldBytes();
  const startedAt = performance.now();
  const subscriptions = Array.from({ length: count }, () => observable.subscribe(hear));
  costs.start.push((performance.now() - startedAt) / count);
  costs.bytes.push(((await heldBytes()) - before) / count);
  return {
    next: (seats: number) =>
      new Promise<number>(resolve => {
        [wanted, heard, done] = [seats, 0, resolve];
      }),
    end: () => {
      for (const subscription of subscriptions) subscription.unsubscribe();
    },
  };
}
