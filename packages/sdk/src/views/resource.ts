import { isDeepStrictEqual } from 'node:util';
import { TenantryError } from '@tenantry/protocol';
import { pauseAfter, refuseOption } from '@tenantry/protocol/internal';
import { within } from '@tenantry/redis';
import { type Observable, Subscription } from 'rxjs';
import { handlerFailed, resultOf } from './handler-failed.ts';
import { LeasedResource } from './lease.ts';
import type { CheckedResource } from './resource-options.ts';

/** A resource that is made anew when the value that it is made of changes. */
export interface Resource<R> extends AsyncDisposable {
  /**
   * Calls `work` with the present resource, which is not closed before `work` has ended. The first call waits until there is one, up to
   * `openTimeoutMs`. Rejects with what `work` rejects with, with `HANDLER_FAILED` or `TIMEOUT` where the first resource could not be opened,
   * with `NOT_READY` where there is no value to open it with, and with `CLOSED`.
   */
  use<A>(work: (resource: R) => A | Promise<A>): Promise<A>;
  /** Why the present value has no resource of its own yet; undefined: it has. It is tried again. */
  readonly error: TenantryError | undefined;
  /** How many resources were opened and taken into use. */
  readonly opened: number;
  /** No new leases; resolves once all of its resources are closed. Idempotent. `client.close()` does the same. */
  close(): Promise<void>;
}

/** What a resource works with. */
export interface ResourceParts {
  readonly address: string;
  readonly value$: Observable<unknown>;
  readonly options: CheckedResource;
  readonly random: () => number;
  /** Emits once, also to later subscribers: the client is closed. */
  readonly closed$: Observable<unknown>;
  /** Has the resource until it is closed. */
  readonly resources: Set<AsyncDisposable>;
  readonly report: (error: unknown) => void;
}

const RETRY_MS = Object.freeze({ firstMs: 1_000, lastMs: 60_000 });

/** Opens one resource after the other, never two at a time, and the newest value next. The one before stays until the next is in use. */
export class SwappedResource implements Resource<never> {
  error: TenantryError | undefined = undefined;
  opened = 0;
  readonly #parts: ResourceParts;
  /** Opened and not yet closed. */
  readonly #alive = new Set<LeasedResource>();
  readonly #ending = new Subscription();
  #current: LeasedResource | undefined;
  /** The last value that was seen. */
  #value: unknown;
  /** It has still to be opened. */
  #isWanted = false;
  #opening: Promise<void> | undefined;
  /** Ends the wait for the `open` or `check` that is under way. */
  #giveUp: (() => void) | undefined;
  #isChecking = false;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  /** Settles with the end of the next attempt. */
  #outcome = Promise.withResolvers<void>();
  #closing: Promise<void> | undefined;

  constructor(parts: ResourceParts) {
    this.#parts = parts;
    parts.resources.add(this);
    this.#ending.add(parts.value$.subscribe(value => this.#changed(value)));
    this.#ending.add(parts.closed$.subscribe(() => void this.close()));
  }

  async use<A>(work: (resource: never) => A | Promise<A>): Promise<A> {
    if (typeof work !== 'function') refuseOption('work', 'a function', work);
    if (!this.#current) await this.#firstOutcome();
    if (this.#closing || !this.#current) throw this.#closedError();
    return this.#current.use(work);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #firstOutcome(): Promise<void> {
    const { address, options } = this.#parts;
    if (this.#closing) throw this.#closedError();
    if (this.error && !this.#opening) throw this.error;
    try {
      await within(options.openTimeoutMs, `Opening the resource of "${address}"`, this.#outcome.promise);
    } catch (error) {
      if (!isTimeout(error) || this.#value !== undefined) throw error;
      throw new TenantryError('NOT_READY', `There is no value of "${address}" to open a resource with.`);
    }
  }

  #changed(value: unknown): void {
    // Where nothing is set any more, the resource of the last value is better than none.
    if (value === undefined || isDeepStrictEqual(value, this.#value)) return;
    this.#value = value;
    this.#failures = 0;
    clearTimeout(this.#retry);
    this.#begin();
  }

  #begin(): void {
    this.#isWanted = true;
    this.#opening ??= this.#openWanted().finally(() => {
      this.#opening = undefined;
      // One that came after the last look.
      if (this.#isWanted && !this.#closing) this.#begin();
    });
  }

  async #openWanted(): Promise<void> {
    while (this.#isWanted && !this.#closing) {
      this.#isWanted = false;
      try {
        this.#swap(await this.#open(this.#value));
      } catch (error) {
        if (!isClosed(error)) this.#failed(error as TenantryError);
      }
    }
  }

  async #open(value: unknown): Promise<LeasedResource> {
    const { address, options } = this.#parts;
    const { open, check } = options;
    const consequence = this.#current ? 'the one before stays' : 'there is none yet, and it is tried again';
    const named = (what: string) => (cause: unknown) =>
      isTimeout(cause) || isClosed(cause)
        ? cause
        : handlerFailed(`\`${what}\` of the resource of "${address}"`, consequence, cause);
    const opening = resultOf(() => open(value));
    const resource = await this.#untilGivenUp('Opening', opening, named('open')).catch(error => {
      // It comes too late to be used, but it must not stay open.
      opening.then(late => this.#lease(late).retire()).catch(() => undefined);
      throw error;
    });
    const leased = this.#lease(resource);
    try {
      if (this.#closing) throw this.#closedError();
      this.#isChecking = true;
      await this.#untilGivenUp(
        'Checking',
        resultOf(() => check(resource)),
        named('check'),
      );
    } catch (error) {
      leased.retire();
      throw error;
    } finally {
      this.#isChecking = false;
    }
    return leased;
  }

  /** No longer than the resource: a timer would keep the process. */
  #untilGivenUp<T>(doing: string, work: Promise<T>, named: (cause: unknown) => unknown): Promise<T> {
    const { address, options } = this.#parts;
    const givenUp = Promise.withResolvers<never>();
    this.#giveUp = () => givenUp.reject(this.#closedError());
    const either = Promise.race([work, givenUp.promise]);
    return within(options.openTimeoutMs, `${doing} the resource of "${address}"`, either, named);
  }

  #lease(resource: unknown): LeasedResource {
    const leased = new LeasedResource(resource, async each => {
      const { address, options, report } = this.#parts;
      const closing = resultOf(() => options.close(each));
      try {
        await within(options.closeTimeoutMs, `Closing a resource of "${address}"`, closing);
      } catch (cause) {
        report(
          isTimeout(cause)
            ? cause
            : handlerFailed(`\`close\` of the resource of "${address}"`, 'it may still be open', cause),
        );
      }
      this.#alive.delete(leased);
    });
    this.#alive.add(leased);
    return leased;
  }

  #swap(next: LeasedResource): void {
    if (this.#closing) {
      next.retire();
      return;
    }
    const before = this.#current;
    this.#current = next;
    this.error = undefined;
    this.#failures = 0;
    this.opened++;
    before?.retire();
    this.#outcome.resolve();
    this.#outcome = Promise.withResolvers();
  }

  #failed(error: TenantryError): void {
    this.error = error;
    this.#parts.report(error);
    this.#outcome.promise.catch(() => undefined);
    this.#outcome.reject(error);
    this.#outcome = Promise.withResolvers();
    if (this.#isWanted || this.#closing) return;
    const pause = pauseAfter(++this.#failures, { ...RETRY_MS, random: this.#parts.random });
    this.#retry = setTimeout(() => this.#begin(), pause).unref();
  }

  async #close(): Promise<void> {
    this.#ending.unsubscribe();
    clearTimeout(this.#retry);
    this.#outcome.promise.catch(() => undefined);
    this.#outcome.reject(this.#closedError());
    const { closeTimeoutMs } = this.#parts.options;
    // Nobody will use it, so nobody needs to know whether it is good.
    if (this.#isChecking) this.#giveUp?.();
    // One that is being opened is closed as soon as it is there.
    await within(closeTimeoutMs, 'The last opening', this.#opening ?? Promise.resolve()).catch(() => this.#giveUp?.());
    await Promise.all([...this.#alive].map(each => each.end(closeTimeoutMs)));
    this.#parts.resources.delete(this);
  }

  #closedError(): TenantryError {
    return new TenantryError(
      'CLOSED',
      `The resource of "${this.#parts.address}" is closed: it cannot be used any more.`,
    );
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof TenantryError && error.code === 'TIMEOUT';
}

function isClosed(error: unknown): boolean {
  return error instanceof TenantryError && error.code === 'CLOSED';
}
