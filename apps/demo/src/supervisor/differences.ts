import { isDeepStrictEqual } from 'node:util';
import { isSettingName } from '../definitions/catalogue.ts';
import { type DatabaseState, expectedValues } from './read-database.ts';
import type { ReplicaEntry } from './read-replica.ts';
import type { ReaderProcess } from './reader-process.ts';

/** Where Redis or a reader does not have exactly the rows that the database has, one sentence each. */
export function differences(
  state: DatabaseState,
  replica: ReadonlyMap<string, ReplicaEntry>,
  readers: readonly ReaderProcess[],
): string[] {
  const expected = expectedValues(state);
  const found: string[] = [];
  if (state.waiting > 0) found.push(`${state.waiting} changes wait in the outbox`);
  for (const [name, values] of expected) {
    const there = replica.get(name);
    if (!there) found.push(`Redis lacks ${name}`);
    else if (!isDeepStrictEqual(there.value, values)) found.push(`Redis has something else under ${name}`);
  }
  for (const name of replica.keys())
    if (!expected.has(name) && !isSettingName(name)) found.push(`Redis has ${name}, which nobody owns`);
  for (const reader of readers) {
    if (reader.status?.state !== 'ready') found.push(`${reader.name} is ${reader.status?.state}`);
    found.push(...reader.backwards);
    for (const [name, { entry }] of reader.latest()) {
      if (isSettingName(name)) continue;
      if (entry.stale) found.push(`${reader.name} calls ${name} stale`);
      if (!isDeepStrictEqual(entry.value, expected.get(name))) found.push(`${reader.name} is not current at ${name}`);
      // A tombstone has no key to compare with.
      if (entry.version !== replica.get(name)?.version) found.push(`${reader.name} has another version of ${name}`);
    }
    for (const name of expected.keys())
      if (reader.sightings(name).length === 0) found.push(`${reader.name} has not said anything about ${name}`);
  }
  return found;
}
