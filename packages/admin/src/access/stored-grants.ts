import type { Grant } from '@tenantry/admin-api';
import type { Grant as StoredGrant } from '@tenantry/mikro-orm';

/** A grant of the table as rights are made of it. */
export function toGrant({ id, createdAt, createdBy, expiresAt, ...grant }: StoredGrant): Grant {
  return {
    ...grant,
    id: String(id),
    createdAt: createdAt.getTime(),
    createdBy: createdBy ?? 'nobody',
    ...(expiresAt && { expiresAt: expiresAt.getTime() }),
  };
}
