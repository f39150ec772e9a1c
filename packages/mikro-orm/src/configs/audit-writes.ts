import { GROUPS_NAME, groupOf, scopeOf } from '@tenantry/protocol/internal';
import type { DefinitionRegistry } from '../definitions/definition-registry.ts';
import { insertAuditRows, type NewAuditRow } from '../tables/audit.ts';
import type { AuditWrites, ConfigWrite } from './config-rows.ts';
import { diffText, maskedDiff } from './diff-text.ts';

/** Writes a row of the audit log for each write, in the transaction of the writes. */
export function createAuditWrites(registry: DefinitionRegistry, clock: () => number): AuditWrites {
  return async (em, writes) => {
    const rows = writes.map(({ row, version, json, at, via, acceptedAt, revision }): NewAuditRow => {
      const definition = registry.configOfRows(row.name);
      const isGroups = row.name === GROUPS_NAME;
      // What has ended is no present value any more.
      const before = revision.op === 'expire' ? 'null' : row.json;
      return {
        // A write-back has the time at which Redis took it.
        at: acceptedAt === undefined ? at : clock(),
        action: isGroups ? groupsAction(row.tenant, json) : configAction(revision),
        scope: scopeOf(row.tenant),
        config: isGroups ? null : (definition?.name ?? row.name),
        version,
        actor: revision.actor,
        reason: revision.reason,
        via: via ?? null,
        origin: revision.origin,
        diff: diffText(maskedDiff(definition, before, json)),
        acceptedAt: acceptedAt ?? null,
      };
    });
    await insertAuditRows(em, rows);
  };
}

function configAction({ op, origin }: ConfigWrite['revision']): string {
  return op !== 'expire' && /^rollback of \d+$/.test(origin) ? 'config.rollback' : `config.${op}`;
}

function groupsAction(tenant: string, json: string | undefined): string {
  if (groupOf(tenant) === undefined) return 'groups.set';
  return json === undefined ? 'group.delete' : 'group.set';
}
