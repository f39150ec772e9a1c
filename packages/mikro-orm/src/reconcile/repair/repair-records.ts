import type { Tenant } from '@tenantry/protocol';
import { tenantText } from '@tenantry/protocol/internal';
import { within } from '@tenantry/redis';
import { publishBatch, type RepublishParts, readBatch } from '../../backfill/republish-rows.ts';
import { primaryKeyWhere } from '../../database/primary-key.ts';
import { retryTransaction } from '../../database/retry-transaction.ts';
import { lockRows } from '../../definitions/lock-rows.ts';
import { ReplicatedConfig } from '../../definitions/replicated-config.ts';
import type { ReplicatedEntity } from '../../definitions/replicated-entity.ts';
import { tenantOfRow } from '../../definitions/tenant-of-row.ts';
import { drawVersion } from '../../outbox/draw-version.ts';
import type { Finding } from '../compare/finding.ts';
import { type RaisedConfig, type RaiseParts, raiseConfigVersions } from './raise-config-versions.ts';
import type { RepairManner } from './repair-manner.ts';
import { type DirtyMarkParts, hasLostMark, restoreDirtyMarks } from './restore-dirty-marks.ts';

/** What repairing works with. */
export interface RepairParts extends RepublishParts, RaiseParts, DirtyMarkParts {}

const APPLY_MS = 10_000;

/**
 * Brings what Redis has of these records to what the database has. What is `ahead` is left alone, unless `raiseAhead` asks for a version above
 * it, or it is a write-back that the database is to get.
 */
export async function repairRecords(
  parts: RepairParts,
  tenant: Tenant,
  findings: readonly Finding[],
  { origin, raiseAhead, restoresMarks }: RepairManner,
): Promise<void> {
  const raised: RaisedConfig[] = [];
  const published = new Map<ReplicatedEntity | ReplicatedConfig, Finding[]>();
  const removed = new Map<ReplicatedEntity, Finding[]>();
  const add = <K>(to: Map<K, Finding[]>, definition: K, finding: Finding) =>
    to.set(definition, [...(to.get(definition) ?? []), finding]);
  const unmarked = restoresMarks && typeof tenant === 'string' ? findings.filter(hasLostMark) : [];
  // What Redis has lost as well is given up, and the database's state above it.
  const lost = new Set(unmarked.length > 0 ? await restoreDirtyMarks(parts, tenant as string, unmarked) : []);
  for (const finding of findings) {
    if (unmarked.includes(finding) && !lost.has(finding)) continue;
    const { mismatch, expected, actualVersion } = finding;
    // Nobody here knows whether it is of use to somebody else.
    if (!expected) continue;
    const { definition } = expected.named;
    const isAhead = mismatch.kind === 'ahead';
    if (mismatch.kind === 'unpublishable' || (isAhead && !raiseAhead && !lost.has(finding))) continue;
    if (definition instanceof ReplicatedConfig) {
      if (isAhead || mismatch.needsVersion) raised.push({ definition, above: actualVersion });
      else add(published, definition, finding);
    } else if (mismatch.kind === 'orphan') add(removed, definition, finding);
    else if (!isAhead) add(published, definition, finding);
  }
  for (const [definition, list] of removed) await removeRecords(parts, tenant, definition, list);
  for (const [definition, list] of published) await publishRecords(parts, tenant, definition, list);
  if (raised.length > 0) await raiseConfigVersions(parts, tenantText(tenant), raised, origin);
}

/** Publishes rows again with a version drawn under their locks, so that it wins over whatever Redis has. */
async function publishRecords(
  parts: RepairParts,
  tenant: Tenant,
  definition: ReplicatedEntity | ReplicatedConfig,
  findings: readonly Finding[],
): Promise<void> {
  const where =
    definition instanceof ReplicatedConfig
      ? // Unset ones too: what Redis still has of them goes.
        { tenant: tenantText(tenant), name: definition.config.configKey, version: { $gt: 0 } }
      : primaryKeyWhere(definition.meta, findings.map(recordIdOf), parts.orm.em.getPlatform());
  const batch = await readBatch(parts, definition, { where, limit: findings.length });
  const before = addressesByOwner(findings);
  await publishBatch(parts, definition, batch, { before: owner => before.get(owner) ?? [] });
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
  definition: ReplicatedEntity,
  findings: readonly Finding[],
): Promise<void> {
  const tenantProperty = definition.sync.tenant;
  const { version, rows } = await retryTransaction(orm, dialect, async em => {
    const drawn = await drawVersion(em);
    const properties = tenantProperty === undefined ? [] : [tenantProperty];
    const ctx = em.getTransactionContext();
    return {
      version: drawn,
      rows: await lockRows({ em, ctx, dialect }, definition, findings.map(recordIdOf), properties),
    };
  });
  const isHere = (finding: Finding) => {
    const row = rows.get(recordIdOf(finding));
    return row !== undefined && tenantOfRow(definition, row) === tenant;
  };
  const gone = addressesByOwner(findings.filter(finding => !isHere(finding)));
  const changes = Array.from(gone, ([owner, formerAddresses]) => ({
    ...{ owner, version, op: 'delete' as const, addresses: [] },
    formerAddresses,
  }));
  if (changes.length > 0) await within(APPLY_MS, 'Removing records', replica.apply(tenant, changes));
}

/** One change of each record, with all keys that were found of it: a second one of the same version would not be applied. */
function addressesByOwner(findings: readonly Finding[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { owner, mismatch } of findings)
    found.set(owner, [...(found.get(owner) ?? []), ...(mismatch.address === undefined ? [] : [mismatch.address])]);
  return found;
}

function recordIdOf({ expected }: Finding): string {
  return expected && 'recordId' in expected.named ? expected.named.recordId : '';
}
