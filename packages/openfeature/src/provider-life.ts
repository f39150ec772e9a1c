import {
  ErrorCode,
  GeneralError,
  OpenFeatureEventEmitter,
  ProviderEvents,
  ProviderFatalError,
} from '@openfeature/server-sdk';
import type { AnyConfig } from '@tenantry/protocol';
import { defineGroups } from '@tenantry/protocol/internal';
import type { Client, ClientStatus, MemoryChange } from '@tenantry/sdk';
import { endWith, filter, firstValueFrom, type Observable, Subject, Subscription, takeUntil, timeout } from 'rxjs';

/** How far a provider can be trusted. The names are those of the events that tell of it. */
type Standing = 'ready' | 'stale' | 'error' | 'fatal';

/** Why a provider cannot evaluate, if it cannot. */
export type NotNow = ErrorCode.PROVIDER_NOT_READY | ErrorCode.PROVIDER_FATAL;

const TENANTS = 'tenants/';

const CLOSED = Object.freeze({ state: 'closed', why: 'the client was closed' } as const);

/**
 * From `initialize` to `onClose`, and again. It follows the status of a client and tells OpenFeature of it:
 *
 *   initialize: resolved → OpenFeature says READY · rejected → OpenFeature says ERROR, or FATAL
 *   afterwards: ready → READY · stale → STALE, or ERROR where memory has nothing · closed → ERROR with PROVIDER_FATAL
 */
export class ProviderLife {
  readonly events = new OpenFeatureEventEmitter();
  readonly #client: Client;
  readonly #status$: Observable<Pick<ClientStatus, 'state' | 'why'>>;
  /** The flag keys of each address. */
  readonly #flagKeys: Map<string, readonly string[]>;
  readonly #timeoutMs: number;
  readonly #ended$ = new Subject<void>();
  /** Goes up with each end. */
  #turn = 0;
  #notNow: NotNow | undefined = ErrorCode.PROVIDER_NOT_READY;
  #standing: Standing = 'ready';
  #start: NodeJS.Immediate | undefined;
  #following: Subscription | undefined;

  constructor(client: Client, configs: ReadonlyMap<string, AnyConfig>, timeoutMs: number) {
    this.#client = client;
    // A client that was closed before completes without a word.
    this.#status$ = client.status$.pipe(endWith(CLOSED));
    this.#timeoutMs = timeoutMs;
    const byAddress = Map.groupBy(configs, ([, { address }]) => address);
    this.#flagKeys = new Map(Array.from(byAddress, ([address, entries]) => [address, entries.map(([key]) => key)]));
    // Another group may have another value of whatever is inherited.
    const inherited = [...configs].filter(([, { inherit }]) => inherit !== 'none');
    if (inherited.length > 0)
      this.#flagKeys.set(
        defineGroups().address,
        inherited.map(([key]) => key),
      );
  }

  /** Undefined: it can evaluate. */
  get notNow(): NotNow | undefined {
    return this.#notNow;
  }

  /** Waits until the client has reached Redis, or has something to serve without it, and no longer than its budget. */
  async open(): Promise<void> {
    this.close();
    const turn = this.#turn;
    const connected = this.#status$.pipe(
      filter(({ state }) => state !== 'connecting' || this.#hasSaved),
      timeout(this.#timeoutMs),
      takeUntil(this.#ended$),
    );
    const status = await firstValueFrom(connected, { defaultValue: undefined }).catch(() => 'late' as const);
    if (status === undefined || turn !== this.#turn)
      throw new GeneralError('The provider was closed while it was initialized.');
    const standing = status === 'late' ? 'error' : this.#standingOf(status);
    this.#notNow = standing === 'fatal' ? ErrorCode.PROVIDER_FATAL : undefined;
    // `stale` is told right after OpenFeature has said READY, which it does for whatever has resolved.
    this.#follow(standing === 'stale' ? 'ready' : standing);
    if (standing === 'fatal') throw new ProviderFatalError('The Tenantry client is closed.');
    if (status === 'late')
      throw new GeneralError(`The client did not reach Redis within ${this.#timeoutMs} ms. It goes on trying.`);
    if (standing === 'error') throw new GeneralError(`There is nothing to serve: ${status.why}.`);
  }

  /** Ends what `open` began. The client stays as it is. */
  close(): void {
    this.#turn++;
    this.#ended$.next();
    clearImmediate(this.#start);
    this.#following?.unsubscribe();
    this.#notNow = ErrorCode.PROVIDER_NOT_READY;
  }

  #follow(told: Standing): void {
    this.#standing = told;
    // Not before OpenFeature has told of the end of `initialize`: it would take back what was told sooner.
    //   provider:    resolves         STALE
    //   OpenFeature:           READY            → the status is STALE
    this.#start = setImmediate(() => {
      // One that is there first: a handler of what is told at once may close the provider.
      const following = new Subscription();
      this.#following = following;
      following.add(this.#client.memoryChanges$.subscribe(change => this.#tellChanged(change)));
      following.add(this.#status$.subscribe(status => this.#tell(status)));
    });
  }

  #tell(status: Pick<ClientStatus, 'state' | 'why'>): void {
    const standing = this.#standingOf(status);
    if (standing === this.#standing) return;
    this.#standing = standing;
    const message = status.why;
    if (standing === 'ready') this.events.emit(ProviderEvents.Ready, { message });
    else if (standing === 'stale') this.events.emit(ProviderEvents.Stale, { message });
    else {
      const errorCode = standing === 'fatal' ? ErrorCode.PROVIDER_FATAL : ErrorCode.GENERAL;
      if (standing === 'fatal') this.#notNow = ErrorCode.PROVIDER_FATAL;
      this.events.emit(ProviderEvents.Error, { message, errorCode });
    }
  }

  #standingOf({ state }: Pick<ClientStatus, 'state'>): Standing {
    if (state === 'ready') return 'ready';
    if (state === 'closed') return 'fatal';
    // Where memory knows nothing, there is nothing left but defaults.
    const canServe = this.#hasSaved || (state === 'stale' && this.#client.stats().entries > 0);
    return canServe ? 'stale' : 'error';
  }

  /** A snapshot file or `bootstrap` has something to serve. */
  get #hasSaved(): boolean {
    return this.#client.health()?.some(({ kind }) => kind === 'snapshot' || kind === 'bootstrap') === true;
  }

  #tellChanged({ scope, addresses }: MemoryChange): void {
    const flagsChanged = [...new Set(addresses.flatMap(address => this.#flagKeys.get(address) ?? []))];
    if (flagsChanged.length === 0) return;
    const tenant = scope.startsWith(TENANTS) ? { tenant: scope.slice(TENANTS.length) } : undefined;
    this.events.emit(ProviderEvents.ConfigurationChanged, { flagsChanged, metadata: { scope, ...tenant } });
  }
}
