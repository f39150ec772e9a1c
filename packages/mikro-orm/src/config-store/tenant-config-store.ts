import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { describeArrived, isOwnTenant, refuseOption, scopeOf } from '@tenantry/protocol/internal';
import { checkRegistered } from '../configs/check-registered.ts';
import type { BulkOptions, EntryResult, WriteEntry, WriteOptions, WriteResult } from '../configs/write-options.ts';
import type { PlannedWrite, TenantConfigs } from './tenant-configs.ts';
import { StoredHistory } from './views/config-history.ts';
import { configState } from './views/config-state.ts';
import { getConfigs, type StoredConfig } from './views/get-configs.ts';
import { listConfigs } from './views/list-configs.ts';
import { lockPresent, type TenantContext, transactionOf, writeConfigs, writeThrough } from './write-configs.ts';
import { toConfigChange, type Verb } from './writes/to-config-change.ts';

type Pairs = readonly (readonly [definition: AnyConfig, value: unknown])[];

/**
 * The configs of one tenant: checks each write and sends it on. The verbs are properties, so that an application may take
 * one out and pass it on by itself.
 */
export class TenantConfigStore implements TenantConfigs {
  readonly #context: TenantContext;
  readonly #history: StoredHistory;

  constructor(context: TenantContext) {
    this.#context = context;
    this.#history = new StoredHistory(context.parts, context.tenant);
  }

  readonly set: TenantConfigs['set'] = (definition, value, options) => this.#write('set', definition, value, options);

  readonly create: TenantConfigs['create'] = (definition, value, options) =>
    this.#write('create', definition, value, options);

  readonly update: TenantConfigs['update'] = (definition, value, options) =>
    this.#write('update', definition, value, options);

  readonly patch: TenantConfigs['patch'] = (definition, value, options) =>
    this.#write('patch', definition, value, options);

  readonly unset: TenantConfigs['unset'] = (definition, options) =>
    this.#write('unset', definition, undefined, options);

  readonly rollback: TenantConfigs['rollback'] = async (definition, version, options = {}) => {
    checkRegistered(this.#context.parts, definition);
    const { value } = await this.#history.stored(definition, version);
    const origin = `rollback of ${version}`;
    if (value === null) return this.#write('unset', definition, undefined, { ...options, origin });
    return this.#write('set', definition, JSON.parse(value), { ...options, origin });
  };

  readonly setMany = (async (entries: readonly WriteEntry[], { atomic = true, ...options }: BulkOptions = {}) =>
    atomic
      ? this.#writeAll('set', entries, options)
      : this.#writeEach('set', entries, options)) as TenantConfigs['setMany'];

  readonly writeMany: TenantConfigs['writeMany'] = async (writes, options = {}) => {
    if (!Array.isArray(writes)) refuseOption('writes', 'a list of `{ definition, value }`', writes);
    checkBulk(writes.map(({ definition, value }) => [definition, value]));
    for (const { definition } of writes) this.#checkWritable(definition);
    const around = this.#context.parts.identity();
    const changes = (writes as readonly PlannedWrite[]).map(({ definition, value, ...own }) => {
      const given = Object.fromEntries(Object.entries(own).filter(([, each]) => each !== undefined));
      const verb = value === undefined ? 'unset' : 'set';
      return toConfigChange(verb, definition, value, { ...options, ...given }, around);
    });
    return writeThrough(this.#context, changes, options);
  };

  readonly unsetMany: TenantConfigs['unsetMany'] = async (definitions, options = {}) => {
    const { parts } = this.#context;
    const wanted = [...new Set(definitions)];
    for (const definition of wanted) checkRegistered(parts, definition);
    const outer = transactionOf(parts, options.em);
    for (;;) {
      const present = outer ? undefined : await this.getMany(wanted);
      const set = outer
        ? await lockPresent(this.#context, wanted, outer)
        : wanted.filter(({ name }) => present?.has(name));
      const pairs = set.map(definition => [definition, undefined] as const);
      try {
        return (await this.#writeAll('unset', pairs, options)).length;
      } catch (error) {
        // Another writer unset one of them first: look again.
        if (!(error instanceof TenantryError && error.code === 'NOT_FOUND')) throw error;
      }
    }
  };

  readonly get: TenantConfigs['get'] = async <T>(definition: AnyConfig) =>
    (await this.getMany([definition])).get(definition.name) as StoredConfig<T> | undefined;

  readonly getMany: TenantConfigs['getMany'] = definitions => {
    const { parts, writeBack, tenant } = this.#context;
    return getConfigs(parts, writeBack.reader, tenant, definitions);
  };

  readonly history: TenantConfigs['history'] = (definition, options) => this.#history.history(definition, options);

  readonly revision: TenantConfigs['revision'] = (definition, version) => this.#history.revision(definition, version);

  readonly diff: TenantConfigs['diff'] = (definition, from, to) => this.#history.diff(definition, from, to);

  readonly list: TenantConfigs['list'] = options => {
    const { parts, writeBack, tenant } = this.#context;
    return listConfigs(parts, writeBack.reader, tenant, options);
  };

  readonly state: TenantConfigs['state'] = group => {
    const { parts, writeBack, tenant } = this.#context;
    return configState(parts, writeBack.reader, tenant, group);
  };

  async #write(verb: Verb, definition: AnyConfig, value: unknown, options: WriteOptions = {}): Promise<WriteResult> {
    const { parts } = this.#context;
    this.#checkWritable(definition);
    const change = toConfigChange(verb, definition, value, options, parts.identity());
    const [result] = await writeConfigs(this.#context, [change], options);
    return result as WriteResult;
  }

  async #writeAll(verb: Verb, entries: Pairs, options: WriteOptions): Promise<WriteResult[]> {
    const { parts } = this.#context;
    checkBulk(entries);
    for (const [definition] of entries) this.#checkWritable(definition);
    const around = parts.identity();
    const changes = entries.map(([definition, value]) => toConfigChange(verb, definition, value, options, around));
    return writeConfigs(this.#context, changes, options);
  }

  /** `NOT_REGISTERED`, and `NOT_INHERITED` where no tenant would read what is written. */
  #checkWritable(definition: AnyConfig): void {
    const { parts, tenant } = this.#context;
    checkRegistered(parts, definition);
    if (isOwnTenant(tenant) || definition.inherit !== 'none' || definition === parts.groups) return;
    throw new TenantryError(
      'NOT_INHERITED',
      `"${definition.name}" has \`inherit: 'none'\`: no tenant would read what is set in "${scopeOf(tenant)}". Nothing was written; define it with \`inherit\`, or set it for each tenant.`,
    );
  }

  async #writeEach(verb: Verb, entries: Pairs, options: WriteOptions): Promise<EntryResult[]> {
    checkBulk(entries);
    const results: EntryResult[] = [];
    for (const [definition, value] of entries) {
      const { name } = definition ?? {};
      try {
        results.push({ name, ok: true, result: await this.#write(verb, definition, value, options) });
      } catch (error) {
        if (!(error instanceof TenantryError)) throw error;
        results.push({ name, ok: false, error });
      }
    }
    return results;
  }
}

/** `INVALID_OPTION` for a list that is not one of pairs, or that has a config twice. */
function checkBulk(entries: Pairs): void {
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
