import { TenantryError } from '@tenantry/protocol';
import type { ScanPosition } from '@tenantry/redis';
import { decodeCursor, encodeCursor } from '../../paging/cursor.ts';

/** How far an audit got. */
export type AuditPosition =
  | { readonly walk: 'replica'; readonly scan: ScanPosition }
  /** Undefined: before the first source. `after`: the last row's record id. */
  | {
      readonly walk: 'rows';
      readonly source?: string | undefined;
      readonly after?: string | undefined;
      readonly scan?: undefined;
    };

const listOf = (tenant: string | undefined) => ['audit', tenant] as const;

export function encodePosition(tenant: string | undefined, position: AuditPosition): string {
  return encodeCursor(listOf(tenant), JSON.stringify(position));
}

/** `INVALID_CURSOR` for what is damaged, or of an audit of another tenant. */
export function decodePosition(tenant: string | undefined, after: string | undefined): AuditPosition | undefined {
  const text = decodeCursor(listOf(tenant), after);
  if (text === undefined) return undefined;
  const position = JSON.parse(text) as AuditPosition;
  if (position.walk === 'rows' || position.walk === 'replica') return position;
  throw new TenantryError('INVALID_CURSOR', 'The `after` is of another release: begin the audit anew.');
}
