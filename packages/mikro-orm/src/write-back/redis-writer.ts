import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { configTimes, encodeConfigEnvelope } from '@tenantry/protocol/internal';
import { createPayloadCodec } from '@tenantry/protocol/wire';
import {
  type ActualConfig,
  type ConfigAnswer,
  type ConfigPut,
  type ConfigWrites,
  createWriteIds,
  type DirtyConfigs,
} from '@tenantry/redis';
import { type ConfigChange, checkConditions, endOf } from '../configs/config-change.ts';
import type { ConfigParts } from '../configs/config-parts.ts';
import { reservePlaces } from '../configs/config-quota.ts';
import type { PresentConfig } from '../configs/config-rows.ts';
import { readConfigRows } from '../configs/read-config-rows.ts';
import { Deadline } from './deadline.ts';
import { DurableRedis } from './durable-redis.ts';
import type { Flusher } from './flusher.ts';
import type { RedisReader } from './redis-reader.ts';

/** The result of one change. */
export interface RedisWrite {
  readonly version: number;
  /** False: the database does not have it yet. */
  readonly persisted: boolean;
}

/** What a writer works with beside the parts of the config store. */
export interface RedisWriterDeps {
  readonly writes: ConfigWrites;
  readonly dirty: Pick<DirtyConfigs, 'hint'>;
  readonly reader: RedisReader;
  readonly flusher: Pick<Flusher, 'flushBefore'>;
}

/** Writes to Redis, which gives the versions. It asks the database only for versions that Redis does not know. */
export class RedisWriter {
  readonly #parts: ConfigParts;
  readonly #deps: RedisWriterDeps;
  readonly #durable: DurableRedis;
  readonly #hasQuota: boolean;
  readonly #codec = createPayloadCodec();
  readonly #newWriteId = createWriteIds();

  constructor(parts: ConfigParts, deps: RedisWriterDeps) {
    this.#parts = parts;
    this.#deps = deps;
    this.#durable = new DurableRedis(parts.redis, parts.installation);
    this.#hasQuota = parts.maxConfigsPerTenant !== undefined;
  }

  /**
   * Writes all changes in one step, visible at once, within the longest `cacheTimeout` of the configs. Throws the typed
   * error of the first change that is refused, and `QUOTA_EXCEEDED` if the tenant would have too many configs set; then
   * nothing is written. After `TIMEOUT` Redis may have the write, after `NOT_DURABLE` it has it.
   */
  async write(tenant: string, changes: readonly ConfigChange[]): Promise<readonly RedisWrite[]> {
    if (changes.length === 0) return [];
    const definitions = changes.map(({ definition }) => definition);
    const deadline = new Deadline(Math.max(...definitions.map(({ cacheTimeoutMs }) => cacheTimeoutMs)));
    if (!this.#durable.isChecked(definitions))
      await deadline.wait('Writing to Redis', this.#durable.check(definitions));
    // The versions in the database, for configs whose version Redis had to ask for.
    let bases: ReadonlyMap<string, PresentConfig> = new Map();
    let isBlind = changes.every(change => change.isBlind);
    for (;;) {
      const puts = isBlind
        ? changes.map(change =>
            this.#toPut(change, change.next(UNREAD), endOf(change, UNREAD), {
              expected: undefined,
              base: bases.get(change.definition.name)?.version,
            }),
          )
        : await this.#readAndDecide(tenant, changes, deadline);
      const answer = await this.#durable.write(deadline, definitions, connection =>
        this.#deps.writes.write(connection, tenant, puts),
      );
      if (answer.kind === 'written') {
        if (answer.isFirstDirty && puts.some(put => put.dirty)) this.#hint(tenant);
        return answer.versions.map((version, i) => ({ version, persisted: puts[i]?.dirty === undefined }));
      }
      // With a quota, the writer first reads a config that may be one more.
      if (answer.kind === 'unknown' && this.#hasQuota) isBlind = false;
      else if (answer.kind === 'unknown') bases = await this.#loadBases(tenant, definitions, deadline);
      // Another writer was faster: decide again, as long as there is time.
      if (answer.kind === 'conflict') refuseWhenLate(deadline, changes[answer.change] as ConfigChange, answer);
    }
  }

  /** Closes the connections of its own. They end with the application's, too. */
  close(): void {
    this.#durable.close();
  }

  async #readAndDecide(tenant: string, changes: readonly ConfigChange[], deadline: Deadline): Promise<ConfigPut[]> {
    const { reader } = this.#deps;
    const definitions = changes.map(({ definition }) => definition);
    const read = await reader.read(tenant, definitions, deadline);
    const missing = definitions.filter((definition, i) => mustAsk(definition, read[i] as ActualConfig));
    const rows = await this.#loadBases(tenant, missing, deadline);
    const added: AnyConfig[] = [];
    const puts = changes.map((change, i) => {
      const { version, ...there } = read[i] as ActualConfig;
      const row = rows.get(change.definition.name);
      const base = row?.version ?? 0;
      const present = row ?? { version: version ?? 0, ...reader.standing(there) };
      checkConditions(change, present);
      const json = change.next(present);
      if (json !== undefined && present.json === undefined) added.push(change.definition);
      return this.#toPut(change, json, endOf(change, present), { expected: version ?? base, base });
    });
    if (this.#hasQuota) await this.#reserve(tenant, added, deadline);
    return puts;
  }

  /**
   * Reserves a place in the quota before Redis is told of one more config. The put that follows expects the version that
   * was read, so the place cannot have been given back in between:
   *
   *   w1: reads "unset", reserves
   *   w2:                          sets it   unsets it   flushed: the place is free
   *   w1:                                                                            puts → conflict, reserves again
   *
   * An unset that is still dirty would give the place back when it is flushed, so it is flushed first.
   */
  async #reserve(tenant: string, added: readonly AnyConfig[], deadline: Deadline): Promise<void> {
    const kept = added.filter(({ persistence }) => persistence === 'database');
    if (kept.length === 0) return;
    const flushing = this.#deps.flusher.flushBefore(tenant, kept);
    await deadline.pausedFor(flushing.then(() => reservePlaces(this.#parts, tenant, kept)));
  }

  /** Reads the database's present state of these configs; version 0 if it has none. */
  async #loadBases(
    tenant: string,
    definitions: readonly AnyConfig[],
    deadline: Deadline,
  ): Promise<ReadonlyMap<string, PresentConfig>> {
    const kept = definitions.filter(({ persistence }) => persistence === 'database');
    const rows = kept.length > 0 ? await deadline.pausedFor(readConfigRows(this.#parts, tenant, kept)) : undefined;
    return new Map(definitions.map(({ name }) => [name, rows?.get(name) ?? UNREAD]));
  }

  #toPut(
    change: ConfigChange,
    json: string | undefined,
    endsAt: number,
    { expected, base }: Pick<ConfigPut, 'expected' | 'base'>,
  ): ConfigPut {
    const { clock, random } = this.#parts;
    const { definition, actor, reason, origin, via } = change;
    const { address, name, configKey, persistence } = definition;
    const at = clock();
    const times = configTimes(definition, endsAt, at, random);
    const { expiresAt, freshUntil, dropAt } = times;
    const envelope =
      json === undefined
        ? undefined
        : encodeConfigEnvelope(this.#codec, address, {
            version: 1,
            updatedAt: at,
            json,
            expiresAt,
            freshUntil,
            dropAt,
          });
    // No database has the config: a version that Redis does not know is the first.
    if (persistence === 'none') return { owner: address, expected, base: 0, dropAt, envelope, dirty: undefined };
    const mark = { name, configKey, json: json ?? null, actor, reason, origin, via, expiresAt, freshUntil, dropAt, at };
    // Without a read before it, the write of a config that is not set would be one more.
    const isSet = this.#hasQuota && expected === undefined;
    const dirty = { writeId: this.#newWriteId(), write: mark };
    return { owner: address, expected, isSet, base, dropAt, envelope, dirty };
  }

  /** Tells flushers where to look first. If the hint is lost, their sweep finds the tenant. */
  #hint(tenant: string): void {
    this.#deps.dirty.hint(tenant, this.#parts.clock()).catch(() => undefined);
  }
}

const UNREAD: PresentConfig = Object.freeze({ version: 0, json: undefined, expiresAt: 0 });

/** Redis does not know the version, or has dropped the value. */
function mustAsk({ persistence }: AnyConfig, { version, envelope, dirty, isUnset }: ActualConfig): boolean {
  return persistence === 'database' && !dirty && (version === undefined || (!envelope && !isUnset));
}

function refuseWhenLate(
  deadline: Deadline,
  { definition: { name } }: ConfigChange,
  { version }: ConfigAnswer & { kind: 'conflict' },
): void {
  if (deadline.leftMs() > 0) return;
  throw new TenantryError(
    'CONFLICT',
    `"${name}": others kept writing it for as long as this write may take; it is at version ${version}. Nothing was written; try again.`,
    { details: { currentVersion: version } },
  );
}
