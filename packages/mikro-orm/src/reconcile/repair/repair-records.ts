import { IsolationLevel } from '@mikro-orm/core';
import type { Tenant } from '@tenantry/protocol';
import { within } from '@tenantry/redis';
import { type BackfillParts, publishBatch, readBatch } from '../../backfill/backfill.ts';
import { primaryKeyWhere } from '../../database/primary-key.ts';
import { drawVersion } from '../../outbox/draw-version.ts';
import { lockRows } from '../../sources/lock-rows.ts';
import { ReplicatedConfig } from '../../sources/replicated-config.ts';
import type { ReplicatedSource } from '../../sources/replicated-entity.ts';
import type { Damage } from '../compare/confirm-suspects.ts';
import { tenantOrNone } from '../compare/expected-records.ts';
import { type RaisedConfig, type RaiseParts, raiseConfigs } from './raise-config-versions.ts';
import { hasLostMark, type MarkParts, markAgain } from './restore-dirty-marks.ts';

/** What repairing works with. */
export type RepairParts = BackfillParts & RaiseParts & MarkParts;

/** How a repair goes about it. */
export interface RepairManner {
  /** Of what it writes into the database, in the history. */
  readonly origin: string;
  /** The database went back: its state is given versions above those in Redis. */
  readonly raiseAhead: boolean;
  /** It did not: a write-back that is only in Redis waits for it. */
  readonly marksAgain: boolean;
}

const APPLY_MS = 10_000;

/**
 * Brings what Redis has of these records to what the database has. What is `ahead` is left alone, unless `raiseAhead` asks for a version above
 * it, or it is a write-back that the database is to get.
 */
export async function repairRecords(
  parts: RepairParts,
  tenant: Tenant,
  damages: readonly Damage[],
  { origin, raiseAhead, marksAgain }: RepairManner,
): Promise<void> {
  const raised: RaisedConfig[] = [];
  const published = new Map<ReplicatedSource | ReplicatedConfig, Damage[]>();
  const removed = new Map<ReplicatedSource, Damage[]>();
  const add = <K>(to: Map<K, Damage[]>, source: K, damage: Damage) =>
    to.set(source, [...(to.get(source) ?? []), damage]);
  const unmarked = marksAgain && typeof tenant === 'string' ? damages.filter(hasLostMark) : [];
  // What Redis has lost as well is given up, and the database's state above it.
  const lost = new Set(unmarked.length > 0 ? await markAgain(parts, tenant as string, unmarked) : []);
  for (const damage of damages) {
    if (unmarked.includes(damage) && !lost.has(damage)) continue;
    const { verdict, expected, standing } = damage;
    // Nobody here knows whether it is of use to somebody else.
    if (!expected) continue;
    const { source } = expected.named;
    const isAhead = verdict.kind === 'ahead';
    if (verdict.kind === 'unpublishable' || (isAhead && !raiseAhead && !lost.has(damage))) continue;
    if (source instanceof ReplicatedConfig) {
      if (isAhead || verdict.needsVersion) raised.push({ source, above: standing });
      else add(published, source, damage);
    } else if (verdict.kind === 'orphan') add(removed, source, damage);
    else if (!isAhead) add(published, source, damage);
  }
  for (const [source, list] of removed) await removeRecords(parts, tenant, source, list);
  for (const [source, list] of published) await publishRecords(parts, tenant, source, list);
  if (raised.length > 0) await raiseConfigs(parts, tenant as string, raised, origin);
}

/** Publishes rows again with a version drawn under their locks, so that it wins over whatever Redis has. */
async function publishRecords(
  parts: RepairParts,
  tenant: Tenant,
  source: ReplicatedSource | ReplicatedConfig,
  damages: readonly Damage[],
): Promise<void> {
  const where =
    source instanceof ReplicatedConfig
      ? // Unset ones too: what Redis still has of them goes.
        { tenant, name: source.definition.configKey, version: { $gt: 0 } }
      : primaryKeyWhere(source.meta, damages.map(recordIdOf));
  const batch = await readBatch(parts, source, where, undefined, damages.length);
  const before = new Map(damages.map(({ owner, verdict }) => [owner, verdict.address ? [verdict.address] : []]));
  await publishBatch(parts, source, batch, owner => before.get(owner) ?? []);
}

/**
 * Removes records without a row, with a version drawn before the look that does not find it: whoever makes the row after that
 * look draws a higher one, and whoever made it before and has not committed is waited for.
 *
 *   writer:  INSERT row, outbox id 7                             COMMIT   publish 7
 *   repair:                            draw 8, look for the row (waits)   found: not removed
 *   writer:                                                      INSERT row, outbox id 9   → newer than 8
 */
async function removeRecords(
  { orm, dialect, replica }: RepairParts,
  tenant: Tenant,
  source: ReplicatedSource,
  damages: readonly Damage[],
): Promise<void> {
  const tenantProperty = source.definition.tenant;
  const options = dialect.supportsRowLocks ? { isolationLevel: IsolationLevel.READ_COMMITTED } : {};
  const { version, rows } = await orm.em.fork().transactional(async em => {
    const drawn = await drawVersion(em);
    const properties = tenantProperty === undefined ? [] : [tenantProperty];
    const ctx = em.getTransactionContext();
    return { version: drawn, rows: await lockRows(em, ctx, dialect, source, damages.map(recordIdOf), properties) };
  }, options);
  const isHere = (damage: Damage) => {
    const row = rows.get(recordIdOf(damage));
    return row !== undefined && tenantOrNone(source, row) === tenant;
  };
  const changes = damages
    .filter(damage => !isHere(damage))
    .map(({ owner, verdict: { address } }) => ({
      ...{ owner, version, op: 'delete' as const, addresses: [] },
      formerAddresses: address === undefined ? [] : [address],
    }));
  if (changes.length > 0) await within(APPLY_MS, 'Removing records', replica.apply(tenant, changes));
}

function recordIdOf({ expected }: Damage): string {
  return expected && 'recordId' in expected.named ? expected.named.recordId : '';
}
