import type { Scope } from '@tenantry/protocol';
import { refName } from '../definitions/catalogue.ts';
import { serviceLevel } from '../definitions/service-level.ts';
import { inheritedOf } from '../definitions/settings.ts';
import type { DatabaseRow } from './read-database.ts';
import type { StoredScopes } from './read-scopes.ts';

/** What readers are meant to have of the inherited setting. */
export interface Inherited {
  readonly value: DatabaseRow['values'];
  /** Of the nearest scope that has a value; undefined: it is the default. */
  readonly version: number | undefined;
  /** The scope that each field comes from, by its path. */
  readonly from: Readonly<Record<string, Scope | 'default'>>;
}

/** A tenant, its groups in their order, and the global scope: the demo's group is in no other group. */
export function scopesOf({ groups }: StoredScopes, tenant: string): Scope[] {
  const own: Scope = `tenants/${tenant}`;
  const its = groups.find(({ scope }) => scope === own)?.value ?? [];
  return [own, ...its.map((group): Scope => `groups/${group}`), 'global'];
}

/** Merges what the rows say, the plain way: what checks the merge of readers must not share it. */
export function inherit(stored: StoredScopes, tenant: string): Inherited {
  const said = scopesOf(stored, tenant).flatMap(scope =>
    stored.layers.filter(layer => layer.scope === scope && layer.value !== undefined),
  );
  const values = [...said, { scope: 'default', value: serviceLevel.default } as const];
  const from: Record<string, Scope | 'default'> = {};
  for (const { scope, value } of values) for (const path of leavesOf(value)) from[path] ??= scope;
  const value = values.map(({ value }) => value).reduceRight((far, near) => laidOver(far, near));
  return { value: value as Inherited['value'], version: said[0]?.version, from };
}

/** What the setting is to readers, by the name of its ref. */
export function inheritedValues(stored: StoredScopes, tenants: Iterable<string>): Map<string, Inherited['value']> {
  return new Map(inheritedOf(tenants).map(request => [refName(request), inherit(stored, request.tenant).value]));
}

function laidOver(far: unknown, near: unknown): unknown {
  if (!isObject(far) || !isObject(near)) return near;
  const merged = { ...far };
  for (const [name, value] of Object.entries(near)) merged[name] = name in far ? laidOver(far[name], value) : value;
  return merged;
}

function leavesOf(value: unknown, path = ''): string[] {
  if (!isObject(value)) return [path];
  return Object.entries(value).flatMap(([name, part]) => leavesOf(part, `${path}/${name}`));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
