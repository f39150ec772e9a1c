import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { eventually } from '@tenantry/testing';
import { apiKey } from '../definitions/settings.ts';
import { machineTime } from '../machine-time.ts';
import type { Demo } from '../supervisor/demo.ts';
import type { ReaderProcess, Sighting } from '../supervisor/reader-process.ts';
import { lifeOf } from './reads-go-on.ts';
import { check, type Step } from './step.ts';

/** A process that starts without Redis knows what the one before it has left in its file, and says so. */
export const restartAlone: Step = {
  name: 'restart a reader without Redis',
  leavesDown: true,
  async play(demo) {
    const [reader] = demo.parts.readers as [ReaderProcess];
    const had = new Map(reader.latest());
    const startedAt = machineTime();
    await reader.restart();
    const look = (): number => {
      const silent = [...had.keys()].filter(name => reader.sightings(name).length === 0);
      if (silent.length > 0) throw new Error(`it is silent about ${silent.slice(0, 3).join(', ')}`);
      return machineTime() - startedAt;
    };
    const ms = await eventually(look, { message: `${reader.name} to say what it has` });
    const served = [...had].filter(([name, before]) => isFromFile(reader, name, before)).length;
    check(served > 0, `${reader.name} served nothing from its file`);
    await checkFile(demo, reader);
    const { isReady, isFresh, kinds } = await lifeOf(reader);
    check(isReady && !isFresh, `${reader.name} calls itself ${isReady ? 'fresh' : 'not ready'}`);
    for (const kind of ['redis', 'snapshot'])
      check(kinds.has(kind), `${reader.name} has no reason of the kind ${kind}, but ${[...kinds].join(', ')}`);
    return { affected: [], ms, seen: `${served} values from its file, called stale; ready and not fresh` };
  },
};

/** It says the same as before, as stale. False: there was nothing to keep. */
function isFromFile(reader: ReaderProcess, name: string, before: Sighting): boolean {
  const who = reader.name;
  const [entry] = reader.sightings(name).map(({ entry }) => entry);
  const { value, version } = before.entry;
  check(entry?.stale === true, `${who} calls ${name} fresh, without Redis`);
  // A secret is in no file.
  if (name.startsWith(`${apiKey.address} `)) {
    check(entry?.value === undefined, `${who} has ${name} after a restart`);
    return false;
  }
  check(isDeepStrictEqual(entry?.value, value), `${who} no longer serves what it had of ${name}`);
  if (version === undefined) return false;
  check(entry?.origin === 'snapshot', `${who} says that ${name} comes from ${entry?.origin}`);
  return true;
}

async function checkFile({ parts: { folder } }: Demo, { name }: ReaderProcess): Promise<void> {
  const text = await readFile(join(folder, `${name}.snapshot`), 'latin1');
  check(text.includes('globex'), `the file of ${name} does not have what it should`);
  check(!text.includes('key-of-'), `the file of ${name} has a secret in it`);
}
