import { isDeepStrictEqual } from 'node:util';
import type { DatabaseState } from '../supervisor/read-database.ts';
import type { ReaderProcess } from '../supervisor/reader-process.ts';
import { everythingIn } from './reads-go-on.ts';
import { check } from './step.ts';

/**
 * Since then no reader was without a value that the database had all the time, and none called a value fresh that was
 * not the database's.
 */
export function servedAllAlong(
  readers: readonly ReaderProcess[],
  before: DatabaseState,
  after: DatabaseState,
  since: number,
): void {
  const [were, are] = [everythingIn(before), everythingIn(after)];
  for (const reader of readers) {
    for (const [name] of reader.latest()) {
      const heard = reader.sightings(name).filter(({ at }) => at >= since);
      for (const { entry } of heard) {
        const vanished = were.has(name) && are.has(name) && entry.value === undefined;
        check(!vanished, `${reader.name} was without ${name} for a while`);
        const isTrue = entry.stale || isDeepStrictEqual(entry.value, are.get(name));
        check(isTrue, `${reader.name} called ${name} fresh when it was not`);
      }
    }
  }
}
