import { configTimes, createPayloadCodec } from '@tenantry/protocol';
import { createDirtyConfigs, createWriteIds, type DirtyWrite, type RedisClient, type Replica } from '@tenantry/redis';
import { openKey } from './judge-record.ts';
import { ReplicatedConfig } from './replicated-config.ts';
import { type Damage, readTenant } from './settle-records.ts';

/** What marking works with. */
export interface MarkParts {
  readonly redis: RedisClient;
  readonly replica: Replica;
  readonly clock: () => number;
}

/** Redis has a write-back that the database never got and that nothing says is on its way. */
export function hasLostMark({ verdict, expected }: Damage): boolean {
  const { source } = expected?.named ?? {};
  if (!(source instanceof ReplicatedConfig) || source.definition.writePolicy !== 'write-back') return false;
  return verdict.kind === 'ahead';
}

/**
 * Marks write-backs again whose marks Redis evicted, so that the next flush brings them into the database: Redis still has what it
 * acknowledged. Answers with those of which it has not.
 */
export async function markAgain(parts: MarkParts, tenant: string, damages: readonly Damage[]): Promise<Damage[]> {
  const { redis, replica, clock } = parts;
  const dirty = createDirtyConfigs(redis, replica.names, replica.feedLength);
  const newWriteId = createWriteIds();
  const owners = damages.map(({ owner }) => owner);
  const standing = await readTenant(parts, tenant, owners, owners);
  const lost: Damage[] = [];
  for (const damage of damages) {
    const { owner, expected } = damage;
    const { source } = expected?.named ?? {};
    const record = standing.records.get(owner);
    const write =
      record && source instanceof ReplicatedConfig
        ? writeOf(source, record, standing.keys.get(owner), clock())
        : undefined;
    if (!record || !write) lost.push(damage);
    else await dirty.markAgain(tenant, owner, record.version, newWriteId(), write);
  }
  if (lost.length < damages.length) await dirty.hint(tenant, clock());
  return lost;
}

const codec = createPayloadCodec();

/** What was acknowledged, as far as Redis still has it; undefined: it has not. */
function writeOf(
  { definition }: ReplicatedConfig,
  { version, addresses }: { readonly version: number; readonly addresses: readonly string[] },
  bytes: Buffer | undefined,
  now: number,
): DirtyWrite | undefined {
  const { name, configKey } = definition;
  const shared = { name, configKey, actor: null, reason: 'its mark was lost in Redis', origin: 'repair' };
  if (addresses.length === 0) return { ...shared, json: null, expiresAt: 0, freshUntil: 0, dropAt: 0, at: now };
  const envelope = openKey(bytes);
  if (!envelope || envelope === 'damaged' || envelope.version !== version || envelope.isAbsent) return undefined;
  const { updatedAt: at, expiresAt, payload } = envelope;
  const { freshUntil, dropAt } = configTimes(definition, expiresAt, now, () => 0.5);
  return { ...shared, json: JSON.stringify(codec.decode(payload)), expiresAt, freshUntil, dropAt, at };
}
