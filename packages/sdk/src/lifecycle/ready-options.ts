import { GLOBAL_TENANT, type Ref, type Tenant, TenantryError, tenantId } from '@tenantry/protocol';
import {
  checkOptions,
  isRef,
  LONGEST_TIMER_MS,
  oneOf,
  optional,
  refuseOption,
  whole,
} from '@tenantry/protocol/internal';

/** A ref with its tenant. A ref whose definition has no tenant may stand alone. */
export type RequiredRef = Ref<unknown> | { readonly tenant: string | number | bigint; readonly ref: Ref<unknown> };

/** Options of `client.whenReady`. */
export interface ReadyOptions {
  /** The longest wait, in ms. Default 5,000. There is no endless wait. */
  readonly timeoutMs?: number | undefined;
  /**
   * `any`: there is something usable to serve. `live`: a live feed stands behind it. Default `any`.
   */
  readonly freshness?: 'any' | 'live' | undefined;
  /**
   * What must be there: each of these refs has a value, or its default where it is known that nothing is set. Default none: the client
   * itself has reached Redis, and with `live` follows all that is in use.
   */
  readonly required?: readonly RequiredRef[] | undefined;
}

/** A ref that is waited for. */
export interface WantedRef {
  readonly tenant: Tenant;
  readonly ref: Ref<unknown>;
}

/** Throws `INVALID_OPTION`, `INVALID_TENANT` or `INVALID_KEY`. */
export function checkReadyOptions(options: ReadyOptions): {
  readonly timeoutMs: number;
  readonly freshness: 'any' | 'live';
  readonly wanted: readonly WantedRef[];
} {
  const checked = checkOptions('whenReady', options, {
    timeoutMs: whole(1, LONGEST_TIMER_MS, 5_000),
    freshness: oneOf(['any', 'live'], '"any" or "live"', 'any'),
    required: optional('a list of refs, or of `{ tenant, ref }`', Array.isArray, []),
  });
  const { timeoutMs, freshness, required = [] } = checked;
  return { timeoutMs, freshness, wanted: required.map(wantedOf) };
}

function wantedOf(required: RequiredRef): WantedRef {
  if (!isRef(required)) {
    const { tenant, ref } = required ?? {};
    if (!isRef(ref)) refuseOption('required', 'a list of refs, or of `{ tenant, ref }`', ref ?? required);
    return { tenant: ref.definition.tenant === undefined ? GLOBAL_TENANT : tenantId(tenant), ref };
  }
  if (required.definition.tenant === undefined) return { tenant: GLOBAL_TENANT, ref: required };
  throw new TenantryError(
    'INVALID_OPTION',
    `\`required\`: "${required.address}" belongs to a tenant. Say which: \`{ tenant, ref }\`.`,
  );
}
