import type { PoolConnection, RowDataPacket } from 'mysql2/promise';
import { refName } from '../definitions/catalogue.ts';
import { type SettingName, settingOf, settings, settingsOf } from '../definitions/settings.ts';

/** One setting as its row says, history included. */
export interface StoredSetting {
  readonly tenant: string;
  readonly setting: SettingName;
  readonly version: number;
  /** Undefined where it was unset. */
  readonly value: unknown;
  readonly updatedBy: string | null;
  /** How many versions the history has. */
  readonly revisions: number;
}

// Written out in SQL, as the entities' queries are. Version 0 is a first write that did not happen.
const QUERY = `
  SELECT tenant, name, version, value, updated_by AS updatedBy,
    (SELECT COUNT(*) FROM tenantry_config_revision r WHERE r.tenant = c.tenant AND r.name = c.name) AS revisions
  FROM tenantry_config c WHERE version > 0 ORDER BY tenant, name`;

export async function readSettings(connection: PoolConnection): Promise<StoredSetting[]> {
  const [rows] = await connection.query<RowDataPacket[]>(QUERY);
  return rows
    .filter(({ name }) => Object.hasOwn(settings, name))
    .map(({ tenant, name, version, value, updatedBy, revisions }) => ({
      tenant,
      setting: name,
      version: Number(version),
      value: value === null ? undefined : JSON.parse(value),
      updatedBy,
      revisions: Number(revisions),
    }));
}

/** What readers are meant to have. */
export interface ExpectedSetting {
  /** Undefined: it is the default, or nothing. */
  readonly version: number | undefined;
  readonly value: unknown;
}

export function expectedSetting(setting: SettingName, stored: StoredSetting | undefined): ExpectedSetting {
  if (stored?.value === undefined) return { version: undefined, value: settingOf(setting).default };
  return { version: stored.version, value: stored.value };
}

/** What every setting of these tenants is to readers, by the name of its ref. */
export function expectedSettings(stored: readonly StoredSetting[], tenants: Iterable<string>): Map<string, unknown> {
  return new Map(
    settingsOf(tenants).map(request => {
      const { value } = expectedSetting(request.setting, findSetting(stored, request));
      return [refName(request), value];
    }),
  );
}

/** The row of one setting; undefined where it never was set. */
export function findSetting(
  stored: readonly StoredSetting[],
  { tenant, setting }: Pick<StoredSetting, 'tenant' | 'setting'>,
): StoredSetting | undefined {
  return stored.find(each => each.tenant === tenant && each.setting === setting);
}
