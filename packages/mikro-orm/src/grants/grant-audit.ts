import type { Scope } from '@tenantry/protocol';
import { type AuditOperation, diffText } from '../configs/diff-text.ts';
import type { Identity } from '../configs/identity.ts';
import type { NewAuditRow } from '../tables/audit.ts';
import type { Grant } from './grant.ts';

/** The row of the audit log for a grant that is given or taken. It stands with the scope and the config that the grant names alone. */
export function grantAudit(
  action: 'grant.give' | 'grant.take',
  grant: Grant,
  { actor, reason, via }: Identity,
  at: number,
): NewAuditRow {
  const { who, verbs, scope, config, expiresAt } = grant;
  const path = `/grants/${grant.id}`;
  const value = { who, verbs, scope, config, ...(expiresAt && { expiresAt: expiresAt.toISOString() }) };
  // A patch does not say what it removes. Who reads the log wants to know.
  const operations: readonly AuditOperation[] =
    action === 'grant.give'
      ? [{ op: 'add', path, value }]
      : [
          { op: 'test', path, value },
          { op: 'remove', path },
        ];
  return {
    ...{ at, action, origin: null, version: null, acceptedAt: null },
    ...{ actor: actor ?? null, reason: reason ?? null, via: via ?? null },
    scope: scopeOf(scope) ?? null,
    config: config.endsWith('*') ? null : config,
    diff: diffText(operations),
  };
}

function scopeOf(scope: Grant['scope']): Scope | undefined {
  return ['*', 'groups/*', 'tenants/*', 'installation'].includes(scope) ? undefined : (scope as Scope);
}
