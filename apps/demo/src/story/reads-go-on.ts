import { isDeepStrictEqual } from 'node:util';
import { eventually } from '@tenantry/testing';
import { type RefRequest, refName } from '../definitions/catalogue.ts';
import { inheritedOf, settingOf, settingsOf } from '../definitions/settings.ts';
import type { ReaderLife } from '../reader/reader-messages.ts';
import { refsOfRows } from '../supervisor/change.ts';
import type { Demo } from '../supervisor/demo.ts';
import { inheritedValues } from '../supervisor/inherit.ts';
import { type DatabaseState, expectedValues, tenantsOf } from '../supervisor/read-database.ts';
import { expectedSettings, findSetting } from '../supervisor/read-settings.ts';
import type { ReaderProcess } from '../supervisor/reader-process.ts';
import { check } from './step.ts';

/** Both readers answer a `get` of everything that is set with what the database says, and call themselves fresh. Answers how many. */
export async function readsGoOn(demo: Demo): Promise<number> {
  const state = await demo.database();
  const expected = everythingIn(state);
  let count = 0;
  for (const reader of demo.parts.readers) {
    for (const request of setIn(state)) {
      const { value } = await reader.ask('get', request);
      const isIt = isDeepStrictEqual(value, expected.get(refName(request)));
      check(isIt, `${reader.name} answered something else than the database has of ${refName(request)}`);
      count++;
    }
    // A feed that a busy machine made late is stale for a moment.
    await eventually(async () => {
      const { isReady, isFresh } = await reader.life();
      check(
        isReady && isFresh,
        `${reader.name} calls itself ${isReady ? '' : 'not '}ready, ${isFresh ? '' : 'not '}fresh`,
      );
    });
  }
  return count;
}

/** What readers are meant to have, by the names of the refs. */
export function everythingIn(state: DatabaseState): Map<string, unknown> {
  const tenants = tenantsOf(state);
  return new Map<string, unknown>([
    ...expectedValues(state),
    ...expectedSettings(state.settings, tenants),
    ...inheritedValues(state.scopes, tenants),
  ]);
}

/** Rows, settings that Redis has for sure, and what is inherited: nobody need ask a worker for them. */
function setIn(state: DatabaseState): RefRequest[] {
  const tenants = tenantsOf(state);
  const inRedis = settingsOf(tenants).filter(request => {
    const isSet = findSetting(state.settings, request)?.value !== undefined;
    return isSet && settingOf(request.setting).writePolicy !== 'write-around';
  });
  return [...refsOfRows(state), ...inRedis, ...inheritedOf(tenants)];
}

/** What a reader says of itself, and the kinds of its reasons, each of which has words. */
export async function lifeOf(reader: ReaderProcess): Promise<ReaderLife & { readonly kinds: ReadonlySet<string> }> {
  const life = await reader.life();
  const kinds = new Set<string>(life.reasons.map(({ kind }) => kind));
  for (const { kind, why } of life.reasons) check(why !== '', `${reader.name} does not say why: ${kind}`);
  return { ...life, kinds };
}
