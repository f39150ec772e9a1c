import type { MikroORM } from '@mikro-orm/core';
import type { AnyConfig, ConfigSource, LoadedConfig } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import { type ConfigPlace, publishPendingOf } from '../publish/publish-pending.ts';
import type { ConfigRow } from '../tables/config-tables.ts';
import { presentJson } from './config-rows.ts';

type Column = 'id' | 'name' | 'value' | 'version' | 'expiresAt' | 'deletedAt' | 'updatedAt';

/** What is asked for in one tick of one tenant. */
interface Batch {
  readonly definitions: Set<AnyConfig>;
  readonly rows: Promise<ReadonlyMap<string, ConfigRow>>;
}

/**
 * Loads configs from the database, for readers that have one: `createClient({ redis, source: databaseSource(orm) })`. The
 * ORM may be any on that database, with or without entities of its own. Reads the primary; what is asked for in one tick
 * of one tenant is one SELECT, and with the extension one look at what is not yet published: that is published first, whole. Rejects with `UNAVAILABLE`; how long it may take is up to each config's `databaseTimeout`.
 */
export function databaseSource(orm: MikroORM): ConfigSource {
  const batches = new Map<string, Batch>();

  function batchOf(tenant: string): Batch {
    const known = batches.get(tenant);
    if (known) return known;
    const definitions = new Set<AnyConfig>();
    const rows = new Promise<void>(resolve => setImmediate(resolve)).then(async () => {
      batches.delete(tenant);
      const rows = await readRows(orm, tenant, [...definitions]);
      await publishPendingOf(orm)?.(placesOf([...definitions], rows));
      return rows;
    });
    const batch = { definitions, rows };
    batches.set(tenant, batch);
    return batch;
  }

  return {
    async load(tenant, definitions) {
      if (definitions.length === 0) return [];
      const batch = batchOf(tenant);
      for (const definition of definitions) batch.definitions.add(definition);
      const rows = await batch.rows.catch(error => Promise.reject(withoutValues(error, 'Loading configs')));
      return definitions.map(({ configKey }) => toLoaded(rows.get(configKey)));
    },
  };
}

// Written by hand, so that an ORM without the extension will do.
async function readRows(
  orm: MikroORM,
  tenant: string,
  definitions: readonly AnyConfig[],
): Promise<ReadonlyMap<string, ConfigRow>> {
  const platform = orm.em.getPlatform();
  const column = (name: Column | 'tenant') =>
    platform.quoteIdentifier(name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`));
  const columns: readonly Column[] = ['id', 'name', 'value', 'version', 'expiresAt', 'deletedAt', 'updatedAt'];
  const selected = columns.map(name => `${column(name)} as ${platform.quoteIdentifier(name)}`).join(', ');
  const keys = [...new Set(definitions.map(({ configKey }) => configKey))];
  const marks = keys.map(() => '?').join(', ');
  const sql = `select ${selected} from ${platform.quoteIdentifier('tenantry_config')} where ${column('tenant')} = ? and ${column('name')} in (${marks})`;
  const rows: ConfigRow[] = await orm.em.getConnection('write').execute(sql, [tenant, ...keys]);
  return new Map(rows.map(row => [row.name, row]));
}

function placesOf(definitions: readonly AnyConfig[], rows: ReadonlyMap<string, ConfigRow>): ConfigPlace[] {
  return definitions.flatMap(definition => {
    const row = rows.get(definition.configKey);
    return row ? [{ definition, id: row.id }] : [];
  });
}

function toLoaded(row: ConfigRow | undefined): LoadedConfig | undefined {
  // Version 0: locked for a first write that did not happen.
  if (!row || Number(row.version) === 0) return undefined;
  return {
    version: Number(row.version),
    updatedAt: Number(row.updatedAt),
    expiresAt: Number(row.expiresAt ?? 0),
    json: presentJson(row, Date.now()),
  };
}
