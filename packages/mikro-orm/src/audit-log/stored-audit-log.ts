import type { EntityManager } from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';
import {
  checkOptionNames,
  checkWholeOption,
  isPlainText,
  refuseOption,
  TRY_AGAIN,
  tenantOfScope,
  withoutValues,
} from '@tenantry/protocol/internal';
import { parseVersion } from '@tenantry/protocol/wire';
import type { ConfigParts } from '../configs/config-parts.ts';
import { diffText, maskOperations } from '../configs/diff-text.ts';
import { checkIdentity } from '../configs/identity.ts';
import { internalFork } from '../database/internal-fork.ts';
import { deleteOwn, findOwn } from '../database/own-queries.ts';
import { retryTransaction } from '../database/retry-transaction.ts';
import { withinQuery } from '../database/within-query.ts';
import { decodeCursor, encodeCursor } from '../paging/cursor.ts';
import { checkPage } from '../paging/page.ts';
import { AUDIT_LENGTHS, Audit, insertAuditRows, type NewAuditRow } from '../tables/audit.ts';
import { auditConditions, FILTER_NAMES } from './audit-conditions.ts';
import type { AuditEntry, AuditLog, NewAuditEntry, TrimAuditOptions } from './audit-log.ts';
import { type AuditPlace, type AuditRead, type AuditRun, readAudit } from './read-audit.ts';

type AuditParts = Pick<ConfigParts, 'orm' | 'dialect' | 'registry' | 'clock' | 'identity'>;

const RECORD_MS = 5_000;
const EXPORT_BATCH = 100;
const TRIM_BATCH = 500;
const ACTION = /^[a-z][a-z-]*(\.[a-z][a-z-]*)+$/;

/** The audit log in its table. */
export function createAuditLog(parts: AuditParts): AuditLog {
  const { orm, clock, registry } = parts;
  const quote = (name: string) => orm.config.getPlatform().quoteIdentifier(name);

  // Under all names that entries may have: a config may have had another one.
  const secrets = () =>
    registry.applicationConfigs().flatMap(({ secret, name, aliases }) => (secret ? [name, ...aliases] : []));

  return {
    async record(entry, em) {
      const row = toRow(parts, entry);
      if (em) return recordIn(em, row);
      await withinQuery(RECORD_MS, 'Writing the audit log', signal =>
        retryTransaction(orm, parts.dialect, inner => insertAuditRows(inner, [row]), signal),
      ).catch(error => Promise.reject(withoutValues(error, 'Writing the audit log', TRY_AGAIN)));
    },

    async list({ limit, cursor, ...filter } = {}) {
      const { limit: most } = checkPage('the audit log', { limit, cursor, ...filter }, FILTER_NAMES);
      const where = auditConditions(filter, quote, secrets());
      const after = placeOf(decodeCursor(where.list, cursor));
      const { entries, next } = await readAudit(orm, { where, order: 'desc', after, limit: most });
      return {
        items: entries.map(entry => asShown(parts, entry)),
        cursor: next && encodeCursor(where.list, `${next.at}.${next.id}`),
      };
    },

    export(filter = {}) {
      // Checked now, not when the first entry is taken.
      const now = clock() + 1;
      const { indexed, searched } = auditConditions(filter, quote, secrets());
      const { sql, params } = indexed;
      const until = { sql: [...sql, `${quote('at')} < ?`], params: [...params, now] };
      return exportAll(parts, { indexed: until, searched });
    },

    trim: options => trim(parts, options),
  };
}

async function recordIn(em: EntityManager, row: NewAuditRow): Promise<void> {
  if (!em.isInTransaction())
    throw new TenantryError(
      'NOT_ATOMIC',
      'The `em` of this entry has no open transaction: nothing was written. Begin one, or leave it out.',
    );
  await insertAuditRows(em, [row]).catch(error =>
    Promise.reject(withoutValues(error, 'Writing the audit log', TRY_AGAIN)),
  );
}

/** `INVALID_OPTION` for what the columns do not take. */
function toRow({ registry, clock, identity }: AuditParts, entry: NewAuditEntry): NewAuditRow {
  const names = ['action', 'scope', 'config', 'version', 'actor', 'reason', 'via', 'origin', 'diff'];
  checkOptionNames('record', entry, names);
  const { action, scope, config, version, origin, diff } = entry;
  const around = identity();
  const { actor = around.actor, reason = around.reason, via = around.via } = entry;
  checkIdentity({ actor, reason, via, origin });
  if (typeof action !== 'string' || action.length > AUDIT_LENGTHS.action || !ACTION.test(action))
    refuseOption('action', 'parts of a–z and "-" between dots, at most 32 characters', action);
  if (scope !== undefined) tenantOfScope(scope);
  if (config !== undefined && (!isPlainText(config) || config.length > AUDIT_LENGTHS.config))
    refuseOption('config', 'the name of a config', config);
  if (diff !== undefined && !Array.isArray(diff)) refuseOption('diff', 'a list of the steps of a JSON Patch', diff);
  const masked = diff && config !== undefined ? maskOperations(registry.configNamed(config), diff) : diff;
  return {
    ...{ at: clock(), action, scope: scope ?? null, config: config ?? null, acceptedAt: null },
    version: version === undefined ? null : parseVersion(version),
    ...{ actor: actor ?? null, reason: reason ?? null, via: via ?? null, origin: origin ?? null },
    diff: masked ? diffText(masked) : null,
  };
}

async function* exportAll(parts: AuditParts, where: AuditRead['where']): AsyncGenerator<AuditEntry> {
  for (let after: AuditPlace | undefined; ; ) {
    const read: AuditRead = { where, order: 'asc', after, limit: EXPORT_BATCH };
    const { entries, next }: AuditRun = await readAudit(parts.orm, read);
    for (const entry of entries) yield asShown(parts, entry);
    if (!next) return;
    after = next;
  }
}

/** A config may have become a secret after its entry was written, with the values that were none then. */
function asShown({ registry }: AuditParts, entry: AuditEntry): AuditEntry {
  const definition = entry.config === undefined ? undefined : registry.configNamed(entry.config);
  return definition?.secret && entry.diff ? { ...entry, diff: maskOperations(definition, entry.diff) } : entry;
}

/** Short statements that delete by primary key, each in its own transaction: they lock no row that a writer needs. */
async function trim(parts: AuditParts, options: TrimAuditOptions): Promise<number> {
  checkOptionNames('trim', options, ['olderThanMs', 'onProgress', 'signal']);
  const { olderThanMs, onProgress, signal } = options;
  checkWholeOption('olderThanMs', olderThanMs ?? 0, 1_000);
  const before = parts.clock() - olderThanMs;
  let trimmed = 0;
  try {
    for (let count = TRIM_BATCH; count === TRIM_BATCH && !signal?.aborted; trimmed += count) {
      const em = internalFork(parts.orm);
      const some = { fields: ['id'], orderBy: { at: 'asc', id: 'asc' }, limit: TRIM_BATCH };
      const ids = (await findOwn(em, Audit, { at: { $lt: before } }, some)).map(({ id }) => id);
      count = ids.length;
      if (count > 0) await deleteOwn(em, Audit, { id: { $in: ids } });
      onProgress?.(count);
    }
  } catch (error) {
    throw withoutValues(error, 'Trimming the audit log');
  }
  return trimmed;
}

function placeOf(text: string | undefined): AuditPlace | undefined {
  if (text === undefined) return undefined;
  const [at, id] = text.split('.').map(Number);
  return { at: at as number, id: id as number };
}
