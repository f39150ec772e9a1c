import { refName } from '../definitions/catalogue.ts';
import { type SettingRequest, settingNames, settingOf } from '../definitions/settings.ts';
import type { Demo } from '../supervisor/demo.ts';
import type { ReplicaEntry } from '../supervisor/read-replica.ts';
import { findSetting, type StoredSetting } from '../supervisor/read-settings.ts';
import type { ReaderProcess } from '../supervisor/reader-process.ts';
import { settingSeenAt } from '../supervisor/setting-change.ts';

/** What there is to be seen of the settings; of Redis nothing while it is down. */
export interface SettingSights {
  readonly stored: readonly StoredSetting[];
  readonly replica: ReadonlyMap<string, ReplicaEntry> | undefined;
  readonly dirty: ReadonlySet<string> | undefined;
}

/** A tenant's settings as the page shows them: in the database, in Redis, at each reader. Secrets are masked. */
export function settingStates(demo: Demo, tenant: string, sights: SettingSights) {
  return settingNames.map(setting => settingState(demo, { tenant, setting }, sights));
}

function settingState(demo: Demo, request: SettingRequest, { stored, replica, dirty }: SettingSights) {
  const definition = settingOf(request.setting);
  const name = refName(request);
  const row = findSetting(stored, request);
  const there = replica?.get(name);
  const isDirty = dirty?.has(name) ?? false;
  // What is acknowledged: only a dirty value is newer in Redis than in the database.
  const acknowledged = demo.acknowledged.get(name);
  const version = Math.max(row?.version ?? 0, isDirty ? (there?.version ?? acknowledged?.result.version ?? 0) : 0);
  const value = isDirty ? there?.value : row?.value;
  const show = (shown: unknown): unknown => (definition.secret ? masked(shown) : shown);
  return {
    setting: request.setting,
    policy: definition.writePolicy,
    groups: definition.groups,
    isSecret: definition.secret,
    /** 0: never set. */
    version,
    isSet: value !== undefined,
    value: show(value ?? definition.default),
    database: {
      version: row?.version ?? 0,
      isSet: row?.value !== undefined,
      by: row?.updatedBy,
      revisions: row?.revisions ?? 0,
    },
    redis: !replica ? 'unknown' : !there ? 'nothing' : there.isAbsent ? 'known to be nothing' : `v${there.version}`,
    isDirty,
    readers: demo.parts.readers.map(reader => {
      const entry = reader.sightings(name).at(-1)?.entry;
      return {
        value: show(entry?.value),
        version: entry?.version,
        origin: entry?.origin,
        isStale: entry?.stale ?? true,
        isFromFile: entry?.origin === 'snapshot',
        isCurrent: entry?.version === (value === undefined ? undefined : version),
        ms: acknowledged && msAfter(reader, acknowledged),
      };
    }),
  };
}

/** From the acknowledgement until the reader had it; not above 0: it was there before the writer was told. */
function msAfter(reader: ReaderProcess, change: NonNullable<ReturnType<Demo['acknowledged']['get']>>) {
  const at = settingSeenAt(reader, change);
  return at === undefined ? undefined : at - change.acknowledgedAt;
}

/** As the store masks a secret, property by property. */
function masked(value: unknown): unknown {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null) return '******';
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, masked(part)]));
}
