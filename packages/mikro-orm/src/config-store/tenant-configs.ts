import type { EntityManager } from '@mikro-orm/core';
import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { describeArrived, parseConfigValue, withoutValues } from '@tenantry/protocol/internal';
import { within } from '@tenantry/redis';
import type { ConfigChange } from '../configs/config-change.ts';
import type { ConfigParts } from '../configs/config-parts.ts';
import { lockConfigRows } from '../configs/config-rows.ts';
import { readConfigRows } from '../configs/read-config-rows.ts';
import type { WriteBack } from '../write-back/write-back.ts';
import type {
  BulkOptions,
  EntryResult,
  StoredConfig,
  TenantConfigs,
  WriteEntry,
  WriteOptions,
  WriteResult,
} from './config-store.ts';
import { createConfigHistory } from './views/config-history.ts';
import { configState } from './views/config-state.ts';
import { listConfigs } from './views/list-configs.ts';
import { toConfigChange, type Verb } from './writes/to-config-change.ts';
import { writeToDatabase } from './writes/write-to-database.ts';

/** The verbs of one tenant: each checks, then goes to the database or to Redis, as the config's policy says. */
export function createTenantConfigs(parts: ConfigParts, writeBack: WriteBack, tenant: string): TenantConfigs {
  const { registry, identity } = parts;
  const history = createConfigHistory(parts, tenant);

  const write = async (
    verb: Verb,
    entries: readonly (readonly [AnyConfig, unknown])[],
    options: WriteOptions,
  ): Promise<WriteResult[]> => {
    checkBulk(entries);
    for (const [definition] of entries) checkRegistered(definition);
    const around = identity();
    return make(
      entries.map(([definition, value]) => toConfigChange(verb, definition, value, options, around)),
      options,
    );
  };

  async function make(changes: readonly ConfigChange[], options: WriteOptions): Promise<WriteResult[]> {
    if (changes.length === 0) return [];
    const outer = transactionOf(parts, options.em);
    const inRedis = changes.filter(({ definition }) => !goesToDatabase(definition, outer));
    if (inRedis.length === 0)
      return outer ? writeRows(changes, outer) : withinQuota(changes, () => writeRows(changes, outer));
    if (inRedis.length < changes.length)
      throw new TenantryError(
        'NOT_ATOMIC',
        `An atomic bulk cannot go to the database and to Redis at once (${namesOf(inRedis)}): nothing was written. Write the two apart, or \`atomic: false\`.`,
      );
    if (outer)
      throw new TenantryError(
        'NOT_ATOMIC',
        `A transaction cannot take back what is only in Redis (${namesOf(inRedis)}): nothing was written. Write it after the commit.`,
      );
    const written = await withinQuota(changes, () => writeBack.write(tenant, changes));
    return written.map(({ version, persisted }, i) => {
      const { writePolicy } = (changes[i] as ConfigChange).definition;
      return { version, policy: writePolicy, published: 'now', persisted };
    });
  }

  /** A write-back that is unset has its place until it is flushed: before one is refused for it, it is. */
  async function withinQuota<T>(changes: readonly ConfigChange[], work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TenantryError && error.code === 'QUOTA_EXCEEDED')) throw error;
      const budgetMs = Math.max(...changes.map(({ definition }) => definition.databaseTimeoutMs));
      await within(budgetMs, 'Flushing write-backs', writeBack.flush(tenant)).catch(() => undefined);
      return work();
    }
  }

  async function writeRows(changes: readonly ConfigChange[], outer: EntityManager | undefined): Promise<WriteResult[]> {
    await flushBefore(
      changes.map(({ definition }) => definition),
      outer,
    );
    return writeToDatabase(parts, tenant, changes, outer);
  }

  /**
   * What a write-back left behind, under this or an earlier policy, came first. One that came after the caller's transaction
   * had locked the row would wait for that transaction, and this call for it: it is left to the next flush.
   */
  async function flushBefore(definitions: readonly AnyConfig[], outer: EntityManager | undefined): Promise<void> {
    const mine = (outer ? parts.capture.changesOf(outer) : []).filter(change => change.tenant === tenant);
    const locked = new Set<unknown>(mine.map(({ source }) => source));
    await writeBack.flushBefore(
      tenant,
      definitions.filter(definition => !locked.has(registry.config(definition))),
    );
  }

  /** Those that are set as the caller's transaction will find them when it writes: others cannot take them away any more. */
  async function lockPresent(definitions: readonly AnyConfig[], outer: EntityManager): Promise<AnyConfig[]> {
    const names = definitions.map(({ configKey }) => configKey);
    await flushBefore(definitions, outer);
    const rows = await lockConfigRows(outer, parts.dialect, tenant, names, parts.clock()).catch(error => {
      throw withoutValues(error, 'Looking for configs');
    });
    return definitions.filter(({ configKey }) => rows.get(configKey)?.json !== undefined);
  }

  const one = async (verb: Verb, definition: AnyConfig, value: unknown, options: WriteOptions = {}) => {
    checkRegistered(definition);
    const [result] = await make([toConfigChange(verb, definition, value, options, identity())], options);
    return result as WriteResult;
  };

  async function rollback(definition: AnyConfig, version: number, options: Omit<WriteOptions, 'origin'> = {}) {
    checkRegistered(definition);
    const { value } = await history.stored(definition, version);
    const origin = `rollback of ${version}`;
    if (value === null) return one('unset', definition, undefined, { ...options, origin });
    return one('set', definition, JSON.parse(value), { ...options, origin });
  }

  function checkRegistered(definition: AnyConfig): void {
    if (registry.config(definition)) return;
    const what = (definition as Partial<AnyConfig> | undefined)?.name;
    throw new TenantryError(
      'NOT_REGISTERED',
      `This config is not registered with the ORM: ${describeArrived(what ?? definition)}. Add it to \`configs\`, or \`register\` it.`,
    );
  }

  async function setMany(
    entries: readonly WriteEntry[],
    { atomic = true, ...options }: BulkOptions = {},
  ): Promise<WriteResult[] | EntryResult[]> {
    if (atomic) return write('set', entries, options);
    checkBulk(entries);
    const results: EntryResult[] = [];
    for (const [definition, value] of entries) {
      const { name } = definition ?? {};
      try {
        results.push({ name, ok: true, result: await one('set', definition, value, options) });
      } catch (error) {
        if (!(error instanceof TenantryError)) throw error;
        results.push({ name, ok: false, error });
      }
    }
    return results;
  }

  async function getMany(definitions: readonly AnyConfig[]): Promise<ReadonlyMap<string, StoredConfig<unknown>>> {
    for (const definition of definitions) checkRegistered(definition);
    const found = new Map<string, StoredConfig<unknown>>();
    const redis = definitions.filter(
      ({ writePolicy, persistence }) => writePolicy === 'write-back' || persistence === 'none',
    );
    // Before the rows: a value that is flushed between the two is then found in both, and not in neither.
    const dirty = redis.length > 0 ? await writeBack.present(tenant, redis) : new Map<string, never>();
    const rows = await readConfigRows(
      parts,
      tenant,
      definitions.filter(({ persistence }) => persistence === 'database'),
    );
    for (const definition of definitions) {
      const stored = dirty.get(definition.name) ?? rows.get(definition.name);
      if (stored?.json === undefined) continue;
      const { version, updatedAt, updatedBy, expiresAt } = stored;
      found.set(definition.name, {
        value: parseConfigValue(definition, JSON.parse(stored.json)),
        version,
        updatedAt: new Date(updatedAt),
        updatedBy: updatedBy ?? undefined,
        expiresAt: expiresAt > 0 ? new Date(expiresAt) : undefined,
        dirty: stored.dirty,
      });
    }
    return found;
  }

  return {
    set: (definition, value, options) => one('set', definition, value, options),
    create: (definition, value, options) => one('create', definition, value, options),
    update: (definition, value, options) => one('update', definition, value, options),
    patch: (definition, value, options) => one('patch', definition, value, options),
    unset: (definition, options) => one('unset', definition, undefined, options),
    rollback,
    setMany: setMany as TenantConfigs['setMany'],
    async unsetMany(definitions, options = {}) {
      const wanted = [...new Set(definitions)];
      for (const definition of wanted) checkRegistered(definition);
      const outer = transactionOf(parts, options.em);
      for (;;) {
        const present = outer ? undefined : await getMany(wanted);
        const set = outer ? await lockPresent(wanted, outer) : wanted.filter(({ name }) => present?.has(name));
        try {
          const unset = await write(
            'unset',
            set.map(definition => [definition, undefined]),
            options,
          );
          return unset.length;
        } catch (error) {
          // Somebody else was faster with one of them: look again.
          if (!(error instanceof TenantryError && error.code === 'NOT_FOUND')) throw error;
        }
      }
    },
    async get<T>(definition: AnyConfig) {
      return (await getMany([definition])).get(definition.name) as StoredConfig<T> | undefined;
    },
    getMany,
    history: history.history,
    revision: history.revision,
    diff: history.diff,
    list: options => listConfigs(parts, writeBack, tenant, options),
    state: group => configState(parts, writeBack, tenant, group),
  };
}

function goesToDatabase({ writePolicy, persistence }: AnyConfig, outer: EntityManager | undefined): boolean {
  return persistence === 'database' && (writePolicy !== 'write-back' || outer !== undefined);
}

/** The caller's open transaction: the one that was named, or the one of `em.transactional()` around this call. */
function transactionOf({ orm }: ConfigParts, named: EntityManager | undefined): EntityManager | undefined {
  const em = named ?? (orm.em.getContext(false) as EntityManager);
  if (em.isInTransaction()) return em;
  if (!named) return undefined;
  throw new TenantryError(
    'NOT_ATOMIC',
    'The `em` of this write has no open transaction: nothing was written. Begin one, or leave it out.',
  );
}

function checkBulk(entries: readonly (readonly [AnyConfig, unknown])[]): void {
  if (!Array.isArray(entries) || !entries.every(Array.isArray))
    throw new TenantryError(
      'INVALID_OPTION',
      `A bulk is a list of pairs [config, value], got ${describeArrived(entries)}.`,
    );
  const seen = new Set<unknown>();
  for (const [definition] of entries) {
    if (seen.has(definition))
      throw new TenantryError('INVALID_OPTION', `"${definition.name}" is in this bulk twice: nothing was written.`);
    seen.add(definition);
  }
}

function namesOf(changes: readonly ConfigChange[]): string {
  return changes.map(({ definition }) => `"${definition.name}"`).join(', ');
}
