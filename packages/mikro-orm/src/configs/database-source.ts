import type { AnyConfig, ConfigSource, LoadedConfig } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import type { AnyOrm } from '../database/any-orm.ts';
import { placeholders } from '../database/dialect.ts';
import { selectOwn } from '../database/own-queries.ts';
import { ownTable } from '../database/own-table.ts';
import { type ConfigPlace, publishPendingOf } from '../publish/publish-pending.ts';
import { redisClockOf } from '../publish/redis-clock-of.ts';
import type { ConfigRow } from '../tables/config-tables.ts';
import { presentJson } from './config-rows.ts';

/** The configs of one tenant that are asked for in one tick. */
interface Batch {
  readonly definitions: Set<AnyConfig>;
  readonly rows: Promise<ReadonlyMap<string, LoadedRow>>;
}

/**
 * Loads configs from the database, for readers that have one: `createClient({ redis, source: databaseSource(orm) })`. The
 * ORM may be any on that database, with or without entities of its own. It reads the primary, with one SELECT for all configs
 * that are asked for in one tick of one tenant. With the extension, changes of these configs that are not yet published are
 * published first, each transaction whole. Rejects with `UNAVAILABLE`; the reader gives each load the config's
 * `databaseTimeout`. `clock` tells which values have expired, in ms since 1970. Default: the clock of Redis, where the extension knows it;
 * otherwise a value that has expired is given with its `expiresAt`, and the reader sees that it is over.
 */
export function databaseSource(orm: AnyOrm, clock?: () => number): ConfigSource {
  const batches = new Map<string, Batch>();

  function now(): number {
    if (clock) return clock();
    const redisClock = redisClockOf(orm);
    return redisClock?.isKnown ? redisClock.now() : 0;
  }

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
      return definitions.map(({ configKey }) => toLoaded(rows.get(configKey), now()));
    },
  };
}

// In SQL by hand, so that an ORM without the extension, which does not know our tables, will do.
async function readRows(
  orm: AnyOrm,
  tenant: string,
  definitions: readonly AnyConfig[],
): Promise<ReadonlyMap<string, LoadedRow>> {
  const keys = [...new Set(definitions.map(({ configKey }) => configKey))];
  const rows = await selectOwn<ColumnRow>(
    orm.em,
    `select id, name, value, version, expires_at, deleted_at, updated_at from ${ownTable(orm, 'config')}
     where tenant = ? and name in (${placeholders(keys)})`,
    [tenant, ...keys],
  );
  return new Map(
    rows.map(({ expires_at: expiresAt, deleted_at: deletedAt, updated_at: updatedAt, ...row }) => [
      row.name,
      { ...row, expiresAt, deletedAt, updatedAt },
    ]),
  );
}

type LoadedRow = Pick<ConfigRow, 'id' | 'name' | 'value' | 'version' | 'expiresAt' | 'deletedAt' | 'updatedAt'>;

/** The same row under the names of its columns. */
interface ColumnRow extends Pick<ConfigRow, 'id' | 'name' | 'value' | 'version'> {
  readonly expires_at: ConfigRow['expiresAt'];
  readonly deleted_at: ConfigRow['deletedAt'];
  readonly updated_at: ConfigRow['updatedAt'];
}

function placesOf(definitions: readonly AnyConfig[], rows: ReadonlyMap<string, LoadedRow>): ConfigPlace[] {
  return definitions.flatMap(definition => {
    const row = rows.get(definition.configKey);
    return row ? [{ definition, id: row.id }] : [];
  });
}

function toLoaded(row: LoadedRow | undefined, now: number): LoadedConfig | undefined {
  // Version 0: the row was made for a first write that did not happen.
  if (!row || Number(row.version) === 0) return undefined;
  return {
    version: Number(row.version),
    updatedAt: Number(row.updatedAt),
    expiresAt: Number(row.expiresAt ?? 0),
    json: presentJson(row, now),
  };
}
