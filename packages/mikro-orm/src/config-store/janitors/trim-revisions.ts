import type { AnyConfig } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';
import type { ConfigParts } from '../../configs/config-parts.ts';
import { internalFork } from '../../database/internal-fork.ts';
import { deleteOwn, findOwn, selectOwn } from '../../database/own-queries.ts';
import { ownTable } from '../../database/own-table.ts';
import { ConfigRevision } from '../../tables/config-tables.ts';
import type { JanitorOptions } from './janitor-options.ts';

const CONFIGS = 200;
const REVISIONS = 500;

/**
 * Deletes the versions that are older than the newest `keepRevisions` of their config, in every tenant, and returns their
 * number. It uses short statements that delete by primary key, each in its own transaction: they lock no row that a
 * writer needs. Rejects with a `TenantryError` that holds neither SQL nor values.
 */
export function trimRevisions(parts: TrimParts, options: JanitorOptions): Promise<number> {
  return trim(parts, options).catch(error => Promise.reject(withoutValues(error, 'Trimming histories')));
}

type TrimParts = Pick<ConfigParts, 'orm' | 'registry'>;

async function trim(parts: TrimParts, { onProgress, signal }: JanitorOptions): Promise<number> {
  let trimmed = 0;
  for (const { config } of parts.registry.configs()) {
    const { keepRevisions: keep, persistence } = config;
    if (keep === undefined || persistence === 'none') continue;
    let after = '0';
    for (let isMore = true; isMore && !signal?.aborted; ) {
      const some = await readOldest(parts, config, keep, after);
      for (let batch = REVISIONS; batch === REVISIONS && !signal?.aborted; trimmed += batch) {
        batch = await deleteSome(parts, config, some);
        onProgress?.(batch);
      }
      isMore = some.length === CONFIGS;
      after = String(some.at(-1)?.id);
    }
  }
  return trimmed;
}

/** A tenant's config, and its newest version that is to be deleted; null: none is. */
interface Oldest {
  readonly id: number | string;
  readonly tenant: string;
  readonly last: number | string | null;
}

/** Flushed write-backs leave gaps between the version numbers, so versions are counted, along the index. */
async function readOldest(
  { orm }: Pick<ConfigParts, 'orm'>,
  { configKey }: AnyConfig,
  keep: number,
  after: string,
): Promise<Oldest[]> {
  return selectOwn<Oldest>(
    orm.em,
    `select c.id as id, c.tenant as tenant, (
        select r.version from ${ownTable(orm, 'config_revision')} r
        where r.tenant = c.tenant and r.name = c.name order by r.version desc limit 1 offset ${keep}
      ) as last
      from ${ownTable(orm, 'config')} c where c.name = ? and c.version > ? and c.id > ? order by c.id limit ${CONFIGS}`,
    [configKey, keep, after],
  );
}

async function deleteSome(
  { orm }: Pick<ConfigParts, 'orm'>,
  { configKey: name }: AnyConfig,
  oldest: readonly Oldest[],
): Promise<number> {
  const $or = oldest
    .filter(({ last }) => last !== null)
    .map(({ tenant, last }) => ({ tenant, version: { $lte: last } }));
  if ($or.length === 0) return 0;
  const em = internalFork(orm);
  const found = await findOwn(em, ConfigRevision, { $and: [{ name }, { $or }] }, { fields: ['id'], limit: REVISIONS });
  const ids = found.map(({ id }) => id);
  if (ids.length > 0) await deleteOwn(em, ConfigRevision, { id: { $in: ids } });
  return ids.length;
}
