import { TenantryError } from '@tenantry/protocol';
import type { ScanPosition } from '@tenantry/redis';
import { decodeCursor, encodeCursor } from '../../paging/cursor.ts';

/** How far an audit got. */
export type AuditPosition =
  | { readonly walk: 'replica'; readonly scan: ScanPosition }
  /** Undefined: before the first definition. `after`: the last row's record id. */
  | {
      readonly walk: 'rows';
      readonly definition?: string | undefined;
      readonly after?: string | undefined;
      readonly scan?: undefined;
    };

const listOf = (tenant: string | undefined) => ['audit', tenant] as const;

export function encodePosition(tenant: string | undefined, position: AuditPosition): string {
  // In tokens that older releases gave out, a definition's name is the `source`.
  const written =
    position.walk === 'rows' ? { walk: position.walk, source: position.definition, after: position.after } : position;
  return encodeCursor(listOf(tenant), JSON.stringify(written));
}

/** `INVALID_CURSOR` for what is damaged, or of an audit of another tenant. */
export function decodePosition(tenant: string | undefined, after: string | undefined): AuditPosition | undefined {
  const text = decodeCursor(listOf(tenant), after);
  if (text === undefined) return undefined;
  const { source, ...position } = JSON.parse(text) as AuditPosition & { readonly source?: string };
  if (position.walk === 'rows') return { ...position, definition: source };
  if (position.walk === 'replica') return position;
  throw new TenantryError('INVALID_CURSOR', 'The `after` is of another release: begin the audit anew.');
}
