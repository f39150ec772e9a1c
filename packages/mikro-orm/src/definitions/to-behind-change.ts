import { encodeEnvelope } from '@tenantry/protocol/wire';
import type { RecordChange } from '@tenantry/redis';

const NO_PAYLOAD = Buffer.alloc(0);

/** What readers are told of a row whose present state cannot be published: what they have of it is old. */
export function toBehindChange(
  owner: string,
  version: number,
  addresses: readonly string[],
  now: number,
): RecordChange {
  // Its version is given by Redis, which alone knows what stands there.
  const envelope = encodeEnvelope({
    owner,
    version,
    updatedAt: now,
    expiresAt: 0,
    isBehind: true,
    payload: NO_PAYLOAD,
  });
  return { owner, version, op: 'put', isBehind: true, addresses, envelope };
}
