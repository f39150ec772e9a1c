import { type Tenant, TenantryError } from '@tenantry/protocol';
import { decodeReadToken, type FeedPosition, type ReplicaReader } from '@tenantry/redis';
import type { Observable } from 'rxjs';
import { type HeardFeed, untilHeard, type WaitBounds } from './until-heard.ts';

/** The follower of one tenant's feed, as waits need it. */
export interface HearingFollower {
  readonly tenant: Tenant;
  readonly position: FeedPosition | undefined;
  readonly memory: { readonly live: boolean };
  tap: HeardFeed['tap'];
  /** A caller waits for it. */
  touch(): void;
}

/** What waits for tokens work with. */
export interface HearTokensParts {
  readonly repairReader: ReplicaReader;
  readonly closed$: Observable<unknown>;
}

/** How long a wait may take, and whether it is enough that Redis has the write, as of `untilHeard`. */
export type HearTokensBounds = Omit<WaitBounds, 'onClosed'>;

/** Resolves once these tenants have heard all the tokens, each of which is of one of them. Rejects as `untilHeard` does. */
export async function hearTokens(
  { repairReader, closed$ }: HearTokensParts,
  seats: Iterable<{ follower(): HearingFollower }>,
  tokens: string | readonly string[],
  bounds: HearTokensBounds,
): Promise<void> {
  const followers = [...new Set(seats)].map(seat => seat.follower());
  const waits = (Array.isArray(tokens) ? tokens : [tokens]).map(text => {
    const token = decodeReadToken(text);
    const follower = followers.find(({ tenant }) => token.isOf(tenant));
    if (!follower) throw ofAnother();
    return { follower, token };
  });
  const onClosed = (closed: () => void) => {
    const subscription = closed$.subscribe(closed);
    return () => subscription.unsubscribe();
  };
  await Promise.all(
    waits.map(({ follower, token }) => {
      follower.touch();
      return untilHeard(heardFeed(follower, repairReader), token, { ...bounds, onClosed });
    }),
  );
}

function heardFeed(follower: HearingFollower, reader: ReplicaReader): HeardFeed {
  return {
    get position() {
      return follower.position;
    },
    get live() {
      return follower.memory.live;
    },
    tap: tap => follower.tap(tap),
    head: async () => (await reader.heads([follower.tenant]))[0],
  };
}

function ofAnother(): TenantryError {
  return new TenantryError('INVALID_TOKEN', 'This read token is of another tenant: nothing was read.');
}
