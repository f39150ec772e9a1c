import { TenantryError } from '@tenantry/protocol';

/**
 * Publishes that outlived their budget and still wait for Redis, those that somebody waited for and those in the background apart: the
 * budgets are 25 times as long in the background, so what is late for a flush says little there.
 */
export class OverduePublishes {
  readonly #inBackground = new Map<boolean, Promise<unknown>>();

  /** While one is stuck, more of its kind would only queue up behind it. In the background there is time to wait for one of the others. */
  async pass(inBackground: boolean): Promise<void> {
    if (this.#inBackground.has(inBackground)) throw stuck();
    while (inBackground && this.#inBackground.has(false)) await this.#inBackground.get(false);
  }

  /** Until the work settles. One of each kind says enough. */
  add(inBackground: boolean, work: Promise<unknown>): void {
    if (this.#inBackground.has(inBackground)) return;
    const over = () => this.#inBackground.delete(inBackground);
    this.#inBackground.set(inBackground, work.then(over, over));
  }
}

function stuck(): TenantryError {
  return new TenantryError('UNAVAILABLE', 'An earlier publish still waits for Redis: this one is left to the relay.');
}
