import type { MikroORM } from '@mikro-orm/core';
import { configTimes } from '@tenantry/protocol/internal';
import { createPayloadCodec } from '@tenantry/protocol/wire';
import { createWriteIds, DirtyConfigs, type DirtyWrite, type RedisClient, type Replica } from '@tenantry/redis';
import { ReplicatedConfig } from '../../sources/replicated-config.ts';
import { ConfigRevision } from '../../tables/config-tables.ts';
import { openKey } from '../compare/check-record.ts';
import { type Damage, readTenant } from '../compare/confirm-suspects.ts';

/** What marking works with. */
export interface MarkParts {
  readonly orm: MikroORM;
  readonly redis: RedisClient;
  readonly replica: Replica;
  readonly clock: () => number;
}

/** Redis has a write-back that the database never got and that nothing says is on its way. */
export function hasLostMark({ verdict, expected }: Damage): boolean {
  const { source } = expected?.named ?? {};
  if (!(source instanceof ReplicatedConfig) || source.definition.writePolicy !== 'write-back') return false;
  return verdict.kind === 'ahead' || (verdict.kind === 'orphan' && !expected?.rowVersion);
}

/**
 * Marks write-backs again whose marks Redis lost, so that the next flush brings them into the database: Redis still has what it
 * acknowledged. Answers with those of which it has not.
 */
export async function markAgain(parts: MarkParts, tenant: string, damages: readonly Damage[]): Promise<Damage[]> {
  const { orm, redis, replica, clock } = parts;
  const dirty = new DirtyConfigs({ redis, names: replica.names, feedLength: replica.feedLength });
  const newWriteId = createWriteIds();
  const owners = damages.map(({ owner }) => owner);
  const standing = await readTenant(parts, tenant, owners, owners);
  const lost: Damage[] = [];
  for (const damage of damages) {
    const { owner, expected } = damage;
    const { source } = expected?.named ?? {};
    // It is on its way by now.
    if (standing.aheadOfDatabase.has(owner)) continue;
    const write = source instanceof ReplicatedConfig ? await writeOf(source, expected?.rowVersion, owner) : undefined;
    if (write) await dirty.restoreMark(tenant, owner, write.version, newWriteId(), write);
    else lost.push(damage);
  }
  if (lost.length < damages.length) await dirty.hint(tenant, clock());
  return lost;

  /** What was acknowledged, as far as Redis still has it; undefined: it has not, or the database had it once and it was taken out there. */
  async function writeOf(
    { definition }: ReplicatedConfig,
    rowVersion: number | undefined,
    owner: string,
  ): Promise<(DirtyWrite & { readonly version: number }) | undefined> {
    const { name, configKey } = definition;
    const record = standing.records.get(owner);
    const envelope = openKey(standing.keys.get(owner));
    const version = Math.max(record?.version ?? 0, envelope && envelope !== 'damaged' ? envelope.version : 0);
    if (!rowVersion && (await hasHistory(tenant, configKey))) return undefined;
    const shared = { version, name, configKey, actor: null, reason: 'its mark was lost in Redis', origin: 'repair' };
    if (record?.addresses.length === 0 && record.version === version) {
      const at = Number((await redis.zscore(replica.names.of(tenant).tombstones, owner)) ?? clock());
      return { ...shared, json: null, expiresAt: 0, freshUntil: 0, dropAt: 0, at };
    }
    if (!envelope || envelope === 'damaged' || envelope.version !== version || envelope.isAbsent) return undefined;
    const { updatedAt: at, expiresAt } = envelope;
    const { freshUntil, dropAt } = configTimes(definition, expiresAt, clock(), () => 0.5);
    try {
      return { ...shared, json: JSON.stringify(codec.decode(envelope.payload)), expiresAt, freshUntil, dropAt, at };
    } catch {
      return undefined;
    }
  }

  async function hasHistory(tenant: string, name: string): Promise<boolean> {
    return (await orm.em.fork().count(ConfigRevision, { tenant, name }, { connectionType: 'write' })) > 0;
  }
}

const codec = createPayloadCodec();
