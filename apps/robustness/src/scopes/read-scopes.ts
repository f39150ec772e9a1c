import type { RowDataPacket } from 'mysql2/promise';
import { LAYERED_NAMES } from './layered-configs.ts';
import { scopeOfText } from './scope-addresses.ts';
import { GROUPS_NAME, inScope, type ScopeRevision, type ScopeStanding, type ScopesState } from './scopes-state.ts';

const NAMES: readonly string[] = [...LAYERED_NAMES, GROUPS_NAME];

/** What the tables say of scopes, in SQL. */
export async function readScopes(
  all: (sql: string) => Promise<RowDataPacket[]>,
): Promise<Pick<ScopesState, 'tables' | 'revisions'>> {
  const revisions = (await all('select tenant, name, version, value, origin from tenantry_config_revision order by id'))
    .filter(({ name }) => NAMES.includes(name))
    .map(
      ({ tenant, name, version, value, origin }): ScopeRevision => ({
        scope: scopeOfText(tenant),
        config: name,
        version: Number(version),
        value: value === null ? undefined : JSON.parse(value),
        origin: origin ?? undefined,
      }),
    );
  const origins = new Map(
    revisions.map(({ scope, config, version, origin }) => [`${inScope(scope, config)} ${version}`, origin]),
  );
  const tables = new Map<string, ScopeStanding>();
  const present =
    'select tenant, name, value, version from tenantry_config where value is not null and deleted_at is null';
  for (const { tenant, name, value, version } of await all(present)) {
    if (!NAMES.includes(name)) continue;
    const key = inScope(scopeOfText(tenant), name);
    const origin = origins.get(`${key} ${version}`);
    tables.set(key, { version: Number(version), value: JSON.parse(value), origin });
  }
  return { tables, revisions };
}
