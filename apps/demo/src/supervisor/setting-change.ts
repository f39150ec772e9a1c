import { isDeepStrictEqual } from 'node:util';
import { refName } from '../definitions/catalogue.ts';
import type { SettingRequest } from '../definitions/settings.ts';
import type { SettingWrite } from '../writer/settings-api.ts';
import type { WriteAnswer } from '../writer/timed-write.ts';
import type { ExpectedSetting } from './read-settings.ts';
import type { ReaderProcess } from './reader-process.ts';

/** An acknowledged write of one setting. */
export interface SettingChange extends WriteAnswer {
  readonly name: string;
  readonly request: SettingRequest;
  /** The version that readers are to have; undefined where the value was taken away. */
  readonly version: number | undefined;
}

export function settingChange(write: SettingWrite, answer: WriteAnswer): SettingChange {
  const { tenant, setting, verb } = write;
  const request = { tenant, setting };
  const version = verb === 'unset' ? undefined : answer.result.version;
  return { ...answer, name: refName(request), request, version };
}

/** When this reader first had that version and, where it is given, that value; undefined as long as it does not. */
export function settingSeenAt(
  reader: ReaderProcess,
  { name, version, startedAt }: Pick<SettingChange, 'name' | 'version' | 'startedAt'>,
  expected?: Pick<ExpectedSetting, 'value'>,
): number | undefined {
  const isIt = ({ entry, at }: ReturnType<ReaderProcess['sightings']>[number]): boolean =>
    at >= startedAt && entry.version === version && (!expected || isDeepStrictEqual(entry.value, expected.value));
  return reader.sightings(name).find(isIt)?.at;
}
