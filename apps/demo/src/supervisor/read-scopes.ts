import { GLOBAL_TENANT, type Scope, type Tenant } from '@tenantry/protocol';
import { configAddress } from '@tenantry/protocol/wire';
import type { PoolConnection, RowDataPacket } from 'mysql2/promise';
import { serviceLevel } from '../definitions/service-level.ts';

/** What one scope says, as its row has it. */
export interface StoredLayer<T = unknown> {
  readonly scope: Scope;
  readonly version: number;
  /** Undefined where it was unset. */
  readonly value: T;
}

/** What the database says of scopes. */
export interface StoredScopes {
  /** Of the inherited setting: what is set in each scope. */
  readonly layers: readonly StoredLayer[];
  /** The groups of each tenant and of each group, in their order. */
  readonly groups: readonly StoredLayer<readonly string[] | undefined>[];
}

const GROUPS_NAME = '@groups';
const GROUPS_ADDRESS = configAddress(GROUPS_NAME);

// Written out in SQL, as the settings' is.
const QUERY = 'SELECT tenant, name, version, value FROM tenantry_config WHERE version > 0 AND name IN (?, ?)';

export async function readScopes(connection: PoolConnection): Promise<StoredScopes> {
  const [rows] = await connection.query<RowDataPacket[]>(QUERY, [serviceLevel.name, GROUPS_NAME]);
  const rowsOf = (wanted: string) =>
    rows
      .filter(({ name }) => name === wanted)
      .map(({ tenant, version, value }) => ({
        scope: scopeOf(tenant),
        version: Number(version),
        value: value === null ? undefined : JSON.parse(value),
      }));
  return { layers: rowsOf(serviceLevel.name), groups: rowsOf(GROUPS_NAME) };
}

/** A scope is a tenant, in the tables and in Redis: the id of a group begins with a blank, which no tenant's does. */
export function scopeOf(tenant: Tenant): Scope {
  if (tenant === GLOBAL_TENANT || tenant === ' @global') return 'global';
  return tenant.startsWith(' ') ? `groups/${tenant.slice(1)}` : `tenants/${tenant}`;
}

/** One text for what stands under an address in a scope: a tenant's is the name of its ref. */
export function layerName(address: string, scope: Scope): string {
  return scope.startsWith('tenants/') ? `${address} ${scope.slice('tenants/'.length)}` : `${address} @${scope}`;
}

/** Under which name each row of the scopes stands in Redis. */
export function layerNames({ layers, groups }: StoredScopes): Map<string, StoredLayer> {
  return new Map([
    ...layers.map(layer => [layerName(serviceLevel.address, layer.scope), layer] as const),
    ...groups.map(layer => [layerName(GROUPS_ADDRESS, layer.scope), layer] as const),
  ]);
}

/** Whether such a name is that of a layer, or of the groups of a scope. */
export function isScopesName(name: string): boolean {
  return [serviceLevel.address, GROUPS_ADDRESS].some(address => name.startsWith(`${address} `));
}
