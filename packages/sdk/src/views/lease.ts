import { within } from '@tenantry/redis';

/** One opened resource, and the calls that use it. */
export class LeasedResource {
  readonly #resource: unknown;
  readonly #close: () => Promise<void>;
  readonly #ended = Promise.withResolvers<void>();
  #leases = 0;
  #isRetired = false;
  #isClosing = false;

  /** `close` ends the resource; it bears its own errors. */
  constructor(resource: unknown, close: (resource: unknown) => Promise<void>) {
    this.#resource = resource;
    this.#close = () => close(resource);
  }

  /** The resource was closed. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** One call uses one resource from its begin to its end, however often another takes its place meanwhile. */
  async use<A>(work: (resource: never) => A | Promise<A>): Promise<A> {
    this.#leases++;
    try {
      return await work(this.#resource as never);
    } finally {
      this.#leases--;
      this.#closeIfUnused();
    }
  }

  /** No new lease is given: it is closed after the last one. */
  retire(): void {
    this.#isRetired = true;
    this.#closeIfUnused();
  }

  /** Closed after its last lease, or after so many ms although there are leases. */
  async end(withinMs: number): Promise<void> {
    this.retire();
    await within(withinMs, 'The last lease', this.ended).catch(() => this.#closeNow());
  }

  #closeIfUnused(): void {
    if (this.#isRetired && this.#leases === 0) void this.#closeNow();
  }

  async #closeNow(): Promise<void> {
    if (this.#isClosing) return this.ended;
    this.#isClosing = true;
    await this.#close();
    this.#ended.resolve();
  }
}
