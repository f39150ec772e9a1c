import type { ChangeEvent } from '@tenantry/sdk';
import { Observable } from 'rxjs';
import { expect, it } from 'vitest';
import { Replays } from './replays.ts';

// B14
it('of two thousand that come back at once some read at a time, and each is told once', async () => {
  const replays = new Replays(16);
  let [reading, most] = [0, 0];
  const told: number[] = [];
  const missed$ = (n: number) =>
    new Observable<ChangeEvent>(subscriber => {
      most = Math.max(most, ++reading);
      setImmediate(() => {
        reading--;
        subscriber.next(n as never);
      });
    });
  await new Promise<void>(resolve => {
    for (let n = 0; n < 2_000; n++)
      replays.subscribe(missed$(n), event => {
        told.push(event as never);
        if (told.length === 2_000) resolve();
      });
  });
  expect([most, reading, new Set(told).size]).toEqual([16, 0, 2_000]);
});

it('who leaves before its turn, or in it, holds nobody up', () => {
  const replays = new Replays(1);
  const begun: string[] = [];
  const never$ = (name: string) => new Observable<ChangeEvent>(() => void begun.push(name));
  const [first, second] = ['first', 'second', 'third'].map(name => replays.subscribe(never$(name), () => undefined));
  second?.unsubscribe();
  first?.unsubscribe();
  expect(begun).toEqual(['first', 'third']);
});
