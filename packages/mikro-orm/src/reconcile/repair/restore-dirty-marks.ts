import type { MikroORM } from '@mikro-orm/core';
import { configTimes } from '@tenantry/protocol/internal';
import type { PayloadCodec } from '@tenantry/protocol/wire';
import { createWriteIds, DirtyConfigs, type DirtyWrite, type RedisClient, type Replica } from '@tenantry/redis';
import { internalFork } from '../../database/internal-fork.ts';
import { countOwn } from '../../database/own-queries.ts';
import { ReplicatedConfig } from '../../definitions/replicated-config.ts';
import { ConfigRevision } from '../../tables/config-tables.ts';
import { openKey } from '../compare/check-record.ts';
import type { Finding } from '../compare/finding.ts';
import { readTenant } from '../compare/read-tenant.ts';

/** What marking works with. */
export interface DirtyMarkParts {
  readonly orm: MikroORM;
  readonly redis: RedisClient;
  readonly replica: Replica;
  readonly clock: () => number;
  readonly codec: PayloadCodec;
}

/** Redis has a write-back that the database never got and that nothing says is on its way. */
export function hasLostMark({ mismatch, expected }: Finding): boolean {
  const { definition } = expected?.named ?? {};
  if (!(definition instanceof ReplicatedConfig) || definition.config.writePolicy !== 'write-back') return false;
  return mismatch.kind === 'ahead' || (mismatch.kind === 'orphan' && !expected?.rowVersion);
}

/**
 * Marks write-backs again whose marks Redis lost, so that the next flush brings them into the database: Redis still has what it
 * acknowledged. Answers with those of which it has not.
 */
export async function restoreDirtyMarks(
  parts: DirtyMarkParts,
  tenant: string,
  findings: readonly Finding[],
): Promise<Finding[]> {
  const { orm, redis, replica, clock, codec } = parts;
  const dirty = new DirtyConfigs({ redis, names: replica.names, feedLength: replica.feedLength });
  const newWriteId = createWriteIds();
  const owners = findings.map(({ owner }) => owner);
  const standing = await readTenant(parts, tenant, owners, owners);
  const lost: Finding[] = [];
  for (const finding of findings) {
    const { owner, expected } = finding;
    const { definition } = expected?.named ?? {};
    // It is on its way by now.
    if (standing.aheadOfDatabase.has(owner)) continue;
    const write =
      definition instanceof ReplicatedConfig ? await writeOf(definition, expected?.rowVersion, owner) : undefined;
    if (write) await dirty.restoreMark(tenant, owner, write.version, newWriteId(), write);
    else lost.push(finding);
  }
  if (lost.length < findings.length) await dirty.hint(tenant, clock());
  return lost;

  /** What was acknowledged, as far as Redis still has it; undefined: it has not, or the database had it once and it was taken out there. */
  async function writeOf(
    { config }: ReplicatedConfig,
    rowVersion: number | undefined,
    owner: string,
  ): Promise<(DirtyWrite & { readonly version: number }) | undefined> {
    const { name, configKey } = config;
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
    const { freshUntil, dropAt } = configTimes(config, expiresAt, clock(), () => 0.5);
    try {
      return { ...shared, json: JSON.stringify(codec.decode(envelope.payload)), expiresAt, freshUntil, dropAt, at };
    } catch {
      return undefined;
    }
  }

  async function hasHistory(tenant: string, name: string): Promise<boolean> {
    return (await countOwn(internalFork(orm), ConfigRevision, { tenant, name })) > 0;
  }
}
