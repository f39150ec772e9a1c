import { Subject } from 'rxjs';
import { beforeEach, expect, it } from 'vitest';
import type { ChangeEvent } from './change-event.ts';
import { iterateChanges } from './iterate-changes.ts';

let event$: Subject<ChangeEvent>;
let dropped = 0;
beforeEach(() => {
  event$ = new Subject();
  dropped = 0;
});

const tell = (seq: number) => event$.next({ kind: 'changes', position: { epoch: 'e', seq }, changes: [] });
const take = (bufferSize: number) => iterateChanges(event$, bufferSize, () => dropped++);
const seqOf = ({ value }: IteratorResult<ChangeEvent>) => value?.position.seq;

it('events come in order, those that came before they were asked for and those that are waited for', async () => {
  const taking = take(10);
  tell(1);
  tell(2);
  expect([seqOf(await taking.next()), seqOf(await taking.next())]).toEqual([1, 2]);
  const waiting = [taking.next(), taking.next()];
  tell(3);
  tell(4);
  expect((await Promise.all(waiting)).map(seqOf)).toEqual([3, 4]);
});

it('the oldest are dropped where their taker is slow; a gap says how many, once, and whoever brings them never waits', async () => {
  // F5, I14
  const taking = take(64);
  for (let seq = 1; seq <= 65; seq++) tell(seq);
  expect(dropped).toBe(1);
  for (let seq = 66; seq <= 74; seq++) tell(seq);
  expect(dropped).toBe(10);
  expect((await taking.next()).value).toMatchObject({ kind: 'gap', dropped: 10, position: { seq: 10 } });
  for (let seq = 11; seq <= 74; seq++) expect(seqOf(await taking.next())).toBe(seq);
});

it('a loop that is left ends its subscription', async () => {
  const taking = take(10);
  tell(1);
  for await (const event of taking) {
    expect(event.position.seq).toBe(1);
    break;
  }
  expect(event$.observed).toBe(false);
  expect(await taking.next()).toEqual({ done: true, value: undefined });
});

it('they end with what brings them, after those that wait; also for who is waiting', async () => {
  const [one, two] = [take(10), take(10)];
  tell(1);
  expect(seqOf(await two.next())).toBe(1);
  const waiting = two.next();
  event$.complete();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(seqOf(await one.next())).toBe(1);
  expect(await one.next()).toEqual({ done: true, value: undefined });
});
