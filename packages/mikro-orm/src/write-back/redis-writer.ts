import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { configTimes, encodeConfigEnvelope } from '@tenantry/protocol/internal';
import { createPayloadCodec, decodeEnvelope } from '@tenantry/protocol/wire';
import {
  type ActualConfig,
  type ConfigAnswer,
  type ConfigPut,
  type ConfigWrites,
  createWriteIds,
  type DirtyConfigs,
} from '@tenantry/redis';
import { type ConfigChange, checkConditions, type PresentConfig } from '../configs/config-change.ts';
import type { ConfigParts } from '../configs/config-parts.ts';
import { reservePlaces } from '../configs/config-quota.ts';
import { readConfigRows } from '../configs/read-config-rows.ts';
import { createRedisBudget, type RedisBudget } from './deadline.ts';
import { createSafeRedis } from './durable-redis.ts';
import type { DirtyConfig, WriteBack } from './write-back.ts';

/** Writes to Redis, which gives the versions; the database is only asked for those that Redis does not know. */
export function createRedisWriter(
  parts: ConfigParts,
  writes: ConfigWrites,
  dirty: DirtyConfigs,
  flushBefore: WriteBack['flushBefore'],
): Pick<WriteBack, 'write' | 'present' | 'close'> {
  const { redis, clock, random } = parts;
  const hasQuota = parts.maxConfigsPerTenant !== undefined;
  const safe = createSafeRedis(redis);
  const codec = createPayloadCodec();
  const newWriteId = createWriteIds();

  const write: WriteBack['write'] = async (tenant, changes) => {
    if (changes.length === 0) return [];
    const definitions = changes.map(({ definition }) => definition);
    const budget = createRedisBudget(Math.max(...definitions.map(({ cacheTimeoutMs }) => cacheTimeoutMs)));
    if (!safe.isChecked(definitions)) await budget.wait('Writing to Redis', safe.check(definitions));
    // Known versions of the database, where Redis had to ask for them.
    let bases: ReadonlyMap<string, PresentConfig> = new Map();
    let isBlind = changes.every(change => change.isBlind);
    for (;;) {
      const puts = isBlind
        ? changes.map(change =>
            toPut(change, change.next(UNREAD), undefined, bases.get(change.definition.name)?.version),
          )
        : await readAndDecide(tenant, changes, budget);
      const answer = await safe.write(budget, definitions, connection => writes.write(connection, tenant, puts));
      if (answer.kind === 'written') {
        // Where to look first. Lost, the sweep finds it.
        if (answer.isFirstDirty && puts.some(put => put.dirty)) dirty.hint(tenant, clock()).catch(() => undefined);
        return answer.versions.map((version, i) => ({ version, persisted: puts[i]?.dirty === undefined }));
      }
      // With a quota, what may be one more is looked at first.
      if (answer.kind === 'unknown' && hasQuota) isBlind = false;
      else if (answer.kind === 'unknown') bases = await loadBases(tenant, definitions, budget);
      // Somebody else was faster: decide again, as long as there is time.
      if (answer.kind === 'conflict') refuseWhenLate(budget, changes[answer.change] as ConfigChange, answer);
    }
  };

  async function readAndDecide(
    tenant: string,
    changes: readonly ConfigChange[],
    budget: RedisBudget,
  ): Promise<ConfigPut[]> {
    const definitions = changes.map(({ definition }) => definition);
    const owners = definitions.map(({ address }) => address);
    const standing = await budget.wait('Reading from Redis', writes.read(redis, tenant, owners));
    const missing = definitions.filter((definition, i) => mustAsk(definition, standing[i] as ActualConfig));
    const rows = await loadBases(tenant, missing, budget);
    const added: AnyConfig[] = [];
    const puts = changes.map((change, i) => {
      const { version, ...there } = standing[i] as ActualConfig;
      const row = rows.get(change.definition.name);
      const base = row?.version ?? 0;
      const present = row ?? { version: version ?? 0, json: jsonOf(there) };
      checkConditions(change, present);
      const json = change.next(present);
      if (json !== undefined && present.json === undefined) added.push(change.definition);
      return toPut(change, json, version ?? base, base);
    });
    if (hasQuota) await reserve(tenant, added, budget);
    return puts;
  }

  /**
   * Before Redis is told of one more. The put that follows expects the version that was read, so that the place is still there:
   *
   *   w1: reads "unset", reserves
   *   w2:                          sets it   unsets it   flushed: the place is free
   *   w1:                                                                            puts → conflict, reserves again
   *
   * An unset that is still dirty would give the place back when it is flushed: it goes first.
   */
  async function reserve(tenant: string, added: readonly AnyConfig[], budget: RedisBudget): Promise<void> {
    const kept = added.filter(({ persistence }) => persistence === 'database');
    if (kept.length === 0) return;
    await budget.without(flushBefore(tenant, kept).then(() => reservePlaces(parts, tenant, kept)));
  }

  /** Whatever the database has of these; version 0 where it has nothing. */
  async function loadBases(
    tenant: string,
    definitions: readonly AnyConfig[],
    budget: RedisBudget,
  ): Promise<ReadonlyMap<string, PresentConfig>> {
    const kept = definitions.filter(({ persistence }) => persistence === 'database');
    const rows = kept.length > 0 ? await budget.without(readConfigRows(parts, tenant, kept)) : undefined;
    return new Map(definitions.map(({ name }) => [name, rows?.get(name) ?? UNREAD]));
  }

  function toPut(
    change: ConfigChange,
    json: string | undefined,
    expected: number | undefined,
    base: number | undefined,
  ): ConfigPut {
    const { definition, actor, reason, origin } = change;
    const { address, name, configKey, persistence } = definition;
    const at = clock();
    const times = configTimes(definition, change.expiresAt, at, random);
    const { expiresAt, freshUntil, dropAt } = times;
    const envelope =
      json === undefined
        ? undefined
        : encodeConfigEnvelope(codec, address, { version: 1, updatedAt: at, json, expiresAt, freshUntil, dropAt });
    // Kept nowhere else, a version that Redis does not know is the first.
    if (persistence === 'none') return { owner: address, expected, base: 0, dropAt, envelope, dirty: undefined };
    const mark = { name, configKey, json: json ?? null, actor, reason, origin, expiresAt, freshUntil, dropAt, at };
    // Nothing was read: one that is not set would be one more.
    const isSet = hasQuota && expected === undefined;
    return { owner: address, expected, isSet, base, dropAt, envelope, dirty: { writeId: newWriteId(), write: mark } };
  }

  const jsonOf = ({ dirty: entry, envelope }: Pick<ActualConfig, 'dirty' | 'envelope'>): string | undefined => {
    if (entry) return hasEnded(entry.expiresAt) ? undefined : (entry.json ?? undefined);
    const { expiresAt, payload } = envelope ? decodeEnvelope(envelope) : NO_ENVELOPE;
    return payload && !hasEnded(expiresAt) ? JSON.stringify(codec.decode(payload)) : undefined;
  };
  const hasEnded = (expiresAt: number) => expiresAt > 0 && expiresAt <= clock();

  const present: WriteBack['present'] = async (tenant, definitions) => {
    const found = new Map<string, DirtyConfig>();
    if (definitions.length === 0) return found;
    const budget = createRedisBudget(Math.max(...definitions.map(({ cacheTimeoutMs }) => cacheTimeoutMs)));
    await budget.wait('Reading from Redis', safe.ready());
    const owners = definitions.map(({ address }) => address);
    const standing = await budget.wait('Reading from Redis', writes.read(redis, tenant, owners));
    for (const [i, { name, persistence }] of definitions.entries()) {
      const there = standing[i] as ActualConfig;
      if (there.dirty) {
        const { version, at, actor, expiresAt } = there.dirty;
        found.set(name, { version, json: jsonOf(there), updatedAt: at, updatedBy: actor, expiresAt, dirty: true });
      } else if (persistence === 'none' && there.envelope) {
        const { version, updatedAt, expiresAt } = decodeEnvelope(there.envelope);
        found.set(name, { version, json: jsonOf(there), updatedAt, updatedBy: null, expiresAt, dirty: false });
      }
    }
    return found;
  };

  return { write, present, close: safe.close };
}

const UNREAD: PresentConfig = Object.freeze({ version: 0, json: undefined });
const NO_ENVELOPE = Object.freeze({ expiresAt: 0, payload: undefined });

/** Redis does not know the version, or has dropped the value. */
function mustAsk({ persistence }: AnyConfig, { version, envelope, dirty, isUnset }: ActualConfig): boolean {
  return persistence === 'database' && !dirty && (version === undefined || (!envelope && !isUnset));
}

function refuseWhenLate(
  budget: RedisBudget,
  { definition: { name } }: ConfigChange,
  { version }: ConfigAnswer & { kind: 'conflict' },
): void {
  if (budget.leftMs() > 0) return;
  throw new TenantryError(
    'CONFLICT',
    `"${name}": others kept writing it for as long as this write may take; it is at version ${version}. Nothing was written; try again.`,
    { details: { currentVersion: version } },
  );
}
