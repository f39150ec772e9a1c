import type { Grant } from '@tenantry/admin-api';
import type { Handler } from '../../calls/call.ts';
import { defined, type StoreParts } from '../../calls/handler-parts.ts';

/** Who is asking, and what they may do now. */
export function getMe(parts: StoreParts): Handler<'me.get'> {
  return async ({ principal, rights, now }) => {
    const { id, name, groups, missesGroups } = principal;
    const grants = rights.grants
      .filter(({ expiresAt = Number.POSITIVE_INFINITY }) => expiresAt > now)
      .map(toGrantAnswer);
    return {
      body: defined({
        ...{ id, name, groups: [...groups], missesGroups, grants, version: parts.version, logout: parts.logout },
        limits: parts.limits,
        readOnly: await whyReadOnly(parts),
        lacks: parts.lacks.length > 0 ? [...parts.lacks] : undefined,
      }),
    };
  };
}

async function whyReadOnly({ readOnly, problem }: StoreParts): Promise<string | undefined> {
  if (readOnly) return 'This admin only shows: it was started with `readOnly`.';
  return problem();
}

/** A grant as the API answers it. */
export function toGrantAnswer({ id, who, verbs, scope, config, expiresAt, createdAt, createdBy }: Grant) {
  return defined({ id, who, verbs: [...verbs], scope, config, expiresAt, createdAt, createdBy });
}
