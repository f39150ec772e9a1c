import type { AnyConfig, Ref } from '@tenantry/protocol';
import { isConfig, isRef, noRef } from '@tenantry/protocol/internal';
import type { TenantSeat } from './tenant-seat.ts';

/** One address, and the tenant that it is of. */
export interface Place {
  readonly seat: TenantSeat;
  readonly address: string;
  /** Where the address is a config's. */
  readonly config: AnyConfig | undefined;
}

/** The place of a ref: with its tenant, or with the global one where its definition has no tenant. Throws `INVALID_KEY` for what is no ref. */
export function placeIn(own: TenantSeat, global: TenantSeat, ref: Ref<unknown>): Place {
  if (!isRef(ref)) throw noRef(ref);
  const { definition, address } = ref;
  const seat = definition.tenant === undefined ? global : own;
  return { seat, address, config: configOf(ref) };
}

/** The config, where the ref is one. */
export function configOf({ definition }: Ref<unknown>): AnyConfig | undefined {
  return isConfig(definition) ? definition : undefined;
}
