import { isDeepStrictEqual } from 'node:util';
import { TenantryError } from '@tenantry/protocol';
import { defineShared, LONGEST_TIMER_MS, refuseOption } from '@tenantry/protocol/internal';
import { type Observable, Subscription } from 'rxjs';
import { callHandler, handlerFailed } from './handler-failed.ts';
import type { ShownSlot, Watchable, WatchedSlot } from './watchable.ts';

/** Called with the value and the one before it. */
export type ChangeHandler<T> = (now: T, before: T) => unknown;

/** The present value of one ref, held for as long as it is not closed. */
export interface Live<T> extends Disposable {
  /**
   * The last good value: read-only, and replaced as a whole. The default, or undefined, until one is known. It stays where a newer one is
   * refused, where Redis is away, and where the record is deleted and there is no default.
   */
  readonly value: T;
  /** Why `value` is not what Redis has; undefined: it is, or Redis is merely away. */
  readonly error: TenantryError | undefined;
  /** How often `value` was replaced. A value that is published again and is the same replaces nothing. */
  readonly reloadCount: number;
  /** From now on the handler is called after each replacement. What it throws is reported by `onTrouble`. Answers with a function that ends it. */
  onChange(handler: ChangeHandler<T>): () => void;
  /** Ends it; `value` stays. Idempotent. `client.close()` does the same. */
  close(): void;
}

/** What a live ref works with. */
export interface LiveParts {
  readonly place: Watchable;
  readonly fallback: unknown;
  readonly now: () => number;
  /** Emits once, also to later subscribers: the client is closed. */
  readonly closed$: Observable<unknown>;
  readonly report: (error: unknown) => void;
}

/** Holds the last good value of one slot. */
export class LiveRef implements Live<unknown> {
  readonly value: unknown;
  error: TenantryError | undefined = undefined;
  reloadCount = 0;
  readonly #parts: LiveParts;
  readonly #handlers = new Set<{ readonly call: ChangeHandler<unknown> }>();
  readonly #watched: WatchedSlot;
  readonly #ending = new Subscription();
  #revision = -1;
  #expiry: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(parts: LiveParts) {
    this.#parts = parts;
    defineShared(this, 'value', parts.fallback);
    this.#watched = parts.place.watch(() => this.#changed());
    this.#changed();
    this.reloadCount = 0;
    this.#watched.looked();
    this.#ending.add(parts.closed$.subscribe(() => this.close()));
  }

  onChange(handler: ChangeHandler<unknown>): () => void {
    if (typeof handler !== 'function') refuseOption('handler', 'a function', handler);
    const own = { call: handler };
    this.#handlers.add(own);
    return () => void this.#handlers.delete(own);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#expiry);
    this.#handlers.clear();
    this.#ending.unsubscribe();
    this.#watched.end();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #changed(): void {
    const { slot } = this.#watched;
    this.error = this.#errorOf(slot);
    this.#endLater(slot);
    const { now } = this.#parts;
    const revision = slot.isPresent(now) ? slot.revision : -1;
    const isGone = revision === -1 && slot.isKnown && slot.fallback !== undefined;
    if ((revision === -1 && !isGone) || revision === this.#revision) return;
    this.#revision = revision;
    this.#replace(slot.valueAt(now));
  }

  #replace(value: unknown): void {
    const before = this.value;
    if (isDeepStrictEqual(before, value)) return;
    defineShared(this, 'value', value);
    this.reloadCount++;
    for (const { call } of [...this.#handlers]) callHandler(() => call(this.value, before), this.#handlerFailed);
  }

  readonly #handlerFailed = (cause: unknown): void => {
    const { place, report } = this.#parts;
    report(handlerFailed(`A handler of changes of "${place.address}"`, 'the value was replaced all the same', cause));
  };

  #errorOf(slot: ShownSlot): TenantryError | undefined {
    if (slot.trouble) return slot.trouble;
    const isPresent = slot.isPresent(this.#parts.now);
    if (!slot.isKnown && !isPresent)
      return slot.gaveUp ? new TenantryError('UNAVAILABLE', `"${slot.address}" could not be read yet.`) : undefined;
    if (isPresent || slot.fallback !== undefined) return undefined;
    return new TenantryError(
      'NOT_FOUND',
      `"${slot.address}" is not set: the last value that it had stays, if it had one.`,
    );
  }

  /** A value that ends by itself leaves Redis without a message. */
  #endLater({ expiresAt }: ShownSlot): void {
    clearTimeout(this.#expiry);
    const left = expiresAt - this.#parts.now();
    if (expiresAt !== 0 && left > 0) this.#expiry = setTimeout(() => this.#changed(), Math.min(left, LONGEST_TIMER_MS));
  }
}
