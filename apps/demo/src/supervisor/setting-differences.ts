import { isDeepStrictEqual } from 'node:util';
import { refName } from '../definitions/catalogue.ts';
import { settingOf, settingsOf } from '../definitions/settings.ts';
import { type DatabaseState, tenantsOf } from './read-database.ts';
import type { ReplicaEntry } from './read-replica.ts';
import { expectedSetting, findSetting } from './read-settings.ts';
import type { ReaderProcess } from './reader-process.ts';

/** Where Redis or a reader does not have the settings that the database has, one sentence each. */
export function settingDifferences(
  state: DatabaseState,
  replica: ReadonlyMap<string, ReplicaEntry>,
  dirty: ReadonlySet<string>,
  readers: readonly ReaderProcess[],
): string[] {
  const found = [...dirty].map(name => `${name} is only in Redis`);
  for (const request of settingsOf(tenantsOf(state))) {
    const name = refName(request);
    const { version, value } = expectedSetting(request.setting, findSetting(state.settings, request));
    const there = replica.get(name);
    // That there is nothing may stand there, for a while: then nobody asks the database again.
    if (version === undefined && there && !there.isAbsent) found.push(`Redis has ${name}, which is not set`);
    // Redis need not have what goes around it: whoever needs it loads it.
    const isMissed = there || settingOf(request.setting).writePolicy !== 'write-around';
    if (version !== undefined && isMissed && (there?.version !== version || !isDeepStrictEqual(there.value, value)))
      found.push(`Redis has version ${there?.version} of ${name}, the database ${version}`);
    for (const reader of readers) {
      const entry = reader.sightings(name).at(-1)?.entry;
      if (!entry) found.push(`${reader.name} has not said anything about ${name}`);
      else if (entry.stale) found.push(`${reader.name} calls ${name} stale`);
      else if (entry.version !== version || !isDeepStrictEqual(entry.value, value))
        found.push(`${reader.name} has version ${entry.version} of ${name}, the database ${version}`);
    }
  }
  return found;
}
