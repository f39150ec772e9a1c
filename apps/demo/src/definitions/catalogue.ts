import type { Ref } from '@tenantry/protocol';
import { branding } from './branding.ts';
import { featureSettings } from './feature-settings.ts';
import { planSettings } from './plan-settings.ts';
import { type SettingRequest, settingOf } from './settings.ts';

/** Every entity the demo replicates, by name. */
export const catalogue = { 'plan-settings': planSettings, 'feature-settings': featureSettings, branding } as const;

export type SourceName = keyof typeof catalogue;
export const sourceNames = Object.keys(catalogue) as readonly SourceName[];

/** What a ref is made of, so that it can be sent to another process: a row's, or a setting's. */
export type RefRequest = RowRequest | SettingRequest;

export interface RowRequest {
  readonly tenant: string;
  readonly source: SourceName;
  readonly key: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export function refOf(request: RefRequest): Ref<unknown> {
  if ('setting' in request) return settingOf(request.setting);
  const { source, key, values } = request;
  // Only here is the key not known to the compiler: the names come from another process.
  const by = catalogue[source].by as (key: string, values: object) => Ref<unknown>;
  return by(key, values);
}

/** One text for a tenant's ref, as a key for maps. Addresses have no blanks. */
export function refName(request: RefRequest): string {
  return `${refOf(request).address} ${request.tenant}`;
}

/** A row's ref under each sync key whose values are all there. */
export function refsOfRow(source: SourceName, row: Readonly<Record<string, unknown>>): RowRequest[] {
  return Object.entries(catalogue[source].keys).flatMap(([key, properties]) => {
    const values = Object.fromEntries(properties.map(name => [name, row[name]]));
    const isComplete = Object.values(values).every(value => value !== undefined && value !== null);
    return isComplete ? [{ tenant: String(row.tenantId), source, key, values }] : [];
  });
}

/** Whether such a name is a setting's. */
export function isSettingName(name: string): boolean {
  return name.startsWith('@');
}
