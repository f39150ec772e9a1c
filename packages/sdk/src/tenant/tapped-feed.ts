import { createFeedCodec } from '@tenantry/protocol/wire';
import type { ReplicaReader } from '@tenantry/redis';
import type { TappedFeed } from '../views/changes.ts';
import type { TenantFollower } from './tenant-follower.ts';

/** The feed that this follower follows. */
export function tappedFeed(
  follower: TenantFollower,
  reader: ReplicaReader,
  report: (error: unknown) => void,
): TappedFeed {
  const codec = createFeedCodec();
  return {
    get position() {
      return follower.position;
    },
    get live() {
      return follower.memory.live;
    },
    tap: tap => follower.tap(tap),
    messagesFrom: async seq => (await reader.messagesFrom(follower.tenant, seq)).map(bytes => codec.decode(bytes)),
    report,
  };
}
