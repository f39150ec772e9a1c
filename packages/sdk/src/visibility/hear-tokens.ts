import { type Tenant, TenantryError } from '@tenantry/protocol';
import { decodeReadToken, type FeedPosition, type ReadToken, type ReplicaReader } from '@tenantry/redis';
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

/** The seat of one tenant, as waits need it. */
export interface HearingSeat {
  readonly tenant: Tenant;
  follower(): HearingFollower;
}

/** What waits for tokens work with. */
export interface HearTokensParts {
  readonly repairReader: ReplicaReader;
  readonly closed$: Observable<unknown>;
}

/** What reads wait for tokens with. */
export interface ReadTokensParts extends HearTokensParts {
  /** The longest that a read waits for all its tokens. */
  readonly readTimeoutMs: number;
}

/** One token, or several. */
type Tokens = string | readonly string[];

/** How long a wait may take, and whether it is enough that Redis has the write, as of `untilHeard`. */
export type HearTokensBounds = Omit<WaitBounds, 'onClosed'>;

/** Resolves once these tenants have heard all the tokens, each of which is of one of them. Rejects as `untilHeard` does. */
export async function hearTokens(
  parts: HearTokensParts,
  seats: readonly HearingSeat[],
  tokens: Tokens,
  bounds: HearTokensBounds,
): Promise<void> {
  const awaited = new AwaitedTokens(parts, tokens, bounds);
  awaited.expectAllOf(seats);
  await awaited.hear(seats);
}

/** The tokens of a read: undefined where it has none. Throws `INVALID_TOKEN`. */
export function tokensOf(
  parts: ReadTokensParts,
  { atLeast, signal }: Partial<Pick<WaitBounds, 'signal'>> & { readonly atLeast?: Tokens | undefined } = {},
): AwaitedTokens | undefined {
  if (atLeast === undefined) return undefined;
  return new AwaitedTokens(parts, atLeast, { timeoutMs: parts.readTimeoutMs, signal, orInRedis: true });
}

/**
 * The tokens of one call. Which tenants it is about may turn out only while it reads, so each token is waited for as soon as its tenant is
 * known to be among them: once, however many parts of the call ask for it.
 */
export class AwaitedTokens {
  readonly #parts: HearTokensParts;
  readonly #bounds: HearTokensBounds;
  readonly #tokens: readonly ReadToken[];
  readonly #waits = new Map<ReadToken, Promise<void>>();
  readonly #endsAt: number;

  /** Throws `INVALID_TOKEN`. */
  constructor(parts: HearTokensParts, tokens: Tokens, bounds: HearTokensBounds) {
    this.#parts = parts;
    this.#bounds = bounds;
    this.#endsAt = performance.now() + bounds.timeoutMs;
    this.#tokens = (Array.isArray(tokens) ? tokens : [tokens]).map(decodeReadToken);
  }

  /** Resolves once these tenants have heard the tokens that are of them. */
  async hear(seats: readonly HearingSeat[]): Promise<void> {
    await Promise.all(this.#of(seats).map(([token, seat]) => this.#wait(token, seat)));
  }

  /** Throws `INVALID_TOKEN` where one is of none of these tenants. */
  expectAllOf(seats: readonly HearingSeat[]): void {
    if (this.#of(seats).length < this.#tokens.length) throw ofAnother();
  }

  /** Throws `INVALID_TOKEN` where nobody has asked for one. */
  expectAllHeard(): void {
    if (this.#waits.size < this.#tokens.length) throw ofAnother();
  }

  #of(seats: readonly HearingSeat[]): (readonly [ReadToken, HearingSeat])[] {
    return this.#tokens.flatMap(token => {
      const seat = seats.find(({ tenant }) => token.isOf(tenant));
      return seat ? [[token, seat] as const] : [];
    });
  }

  #wait(token: ReadToken, seat: HearingSeat): Promise<void> {
    const { closed$, repairReader } = this.#parts;
    let wait = this.#waits.get(token);
    if (!wait) {
      const follower = seat.follower();
      follower.touch();
      const onClosed = (closed: () => void) => {
        const subscription = closed$.subscribe(closed);
        return () => subscription.unsubscribe();
      };
      // One budget for all of them, also for those that begin later.
      const timeoutMs = Math.max(1, Math.ceil(this.#endsAt - performance.now()));
      wait = untilHeard(heardFeed(follower, repairReader), token, { ...this.#bounds, timeoutMs, onClosed });
      this.#waits.set(token, wait);
    }
    return wait;
  }
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
  return new TenantryError(
    'INVALID_TOKEN',
    'This read token is of another tenant, or of a group, that does not decide the answer. Nothing was read.',
  );
}
