import { AsyncLocalStorage } from 'node:async_hooks';

/** Who writes, why, and from where. */
export interface Identity {
  readonly actor?: string | undefined;
  readonly reason?: string | undefined;
  readonly via?: string | undefined;
}

/** Carries the identity of `runAs` along. */
export class Identities {
  readonly #around = new AsyncLocalStorage<Identity>();

  runAs<R>(identity: Identity, work: () => R): R {
    return this.#around.run({ ...this.#around.getStore(), ...identity }, work);
  }

  /** That of the call, else that of the `runAs` around it. */
  of(given: Identity): Identity {
    const { actor, reason, via } = this.#around.getStore() ?? {};
    return { actor: given.actor ?? actor, reason: given.reason ?? reason, via: given.via ?? via };
  }
}
