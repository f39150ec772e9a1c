import type { RecordChange } from '@tenantry/redis';
import type { PresentState } from './replicated-definition.ts';

/** A row's state as the replica takes it. `version` is for a row that has none of its own. */
export function toRecordChange(
  { op, owner, version: own, addresses, expiresAt, encode }: PresentState,
  version: number,
  now: number,
  formerAddresses: readonly string[] = [],
): RecordChange {
  const present = own ?? version;
  return { owner, version: present, op, addresses, formerAddresses, expiresAt, envelope: encode?.(present, now) };
}
