import { isDeepStrictEqual } from 'node:util';
import { refName } from '../definitions/catalogue.ts';
import type { SettingRequest } from '../definitions/settings.ts';
import type { AffectedRef } from '../supervisor/change.ts';
import type { Demo } from '../supervisor/demo.ts';
import { findSetting, type StoredSetting } from '../supervisor/read-settings.ts';
import type { SettingChange } from '../supervisor/setting-change.ts';
import { check } from './step.ts';

/** The row of a setting, by plain SQL; version 0 where there is none. */
export async function rowOf(demo: Demo, request: SettingRequest): Promise<StoredSetting> {
  const { settings } = await demo.database();
  return findSetting(settings, request) ?? { ...request, version: 0, value: undefined, updatedBy: null, revisions: 0 };
}

/** The row says exactly this now. */
export async function checkRow(
  demo: Demo,
  request: SettingRequest,
  expected: Pick<StoredSetting, 'version' | 'value' | 'revisions'>,
  when: string,
): Promise<void> {
  const { version, value, revisions } = await rowOf(demo, request);
  const isIt = isDeepStrictEqual({ version, value, revisions }, pick(expected));
  const of = `${refName(request)}, ${when}`;
  const [is, wanted] = [`v${version} of ${revisions}`, `v${expected.version} of ${expected.revisions}`];
  check(isIt, `the row of ${of}: it is ${is}${is === wanted ? ', with another value' : `, not ${wanted}`}`);
}

function pick({ version, value, revisions }: Pick<StoredSetting, 'version' | 'value' | 'revisions'>) {
  return { version, value, revisions };
}

/** What Redis has of a setting now. */
export async function inRedis(demo: Demo, request: SettingRequest) {
  const name = refName(request);
  const [replica, dirty] = await Promise.all([demo.replica(), demo.dirty()]);
  const there = replica.get(name);
  return { version: there?.version, value: there?.value, isDirty: dirty.has(name) };
}

/** One setting, as a row of the story's table counts it. */
export function affectedSetting({ name }: Pick<SettingChange, 'name'>, value: unknown): AffectedRef {
  const effect = value === undefined ? 'gone' : 'changed';
  return { name, effect, value: value as AffectedRef['value'], isForeseen: true };
}

/** Whether any reader ever said such a value of a setting. */
export function everSaw(demo: Demo, request: SettingRequest, isIt: (value: unknown) => boolean): boolean {
  const name = refName(request);
  return demo.parts.readers.some(reader => reader.sightings(name).some(({ entry }) => isIt(entry.value)));
}
