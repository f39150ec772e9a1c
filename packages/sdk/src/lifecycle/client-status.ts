import { isCluster, type RedisClient } from '@tenantry/redis';
import { BehaviorSubject, type Observable } from 'rxjs';

/** How far the answers of the client can be trusted. */
export interface ClientStatus {
  /**
   * `connecting` until Redis was reached for the first time; `ready`: every tenant in use is followed, so memory is
   * current; `stale`: it may not be, and repairs itself; `closed`.
   */
  readonly state: 'connecting' | 'ready' | 'stale' | 'closed';
  /** Since when, ms since 1970. */
  readonly since: number;
  readonly why: string;
}

/** The inputs of the status. */
export interface StatusParts {
  readonly redis: RedisClient;
  readonly clock: () => number;
  /** Why some feed that should be live is not. */
  lost(): string | undefined;
}

const EVENTS = ['ready', 'close', 'end'] as const;

/** Watches the connection; `update` is for changes of the feeds. */
export class ClientStatusSource {
  readonly #parts: StatusParts;
  readonly #status$: BehaviorSubject<ClientStatus>;
  readonly #update = () => this.update();

  constructor(parts: StatusParts) {
    this.#parts = parts;
    this.#status$ = new BehaviorSubject<ClientStatus>({
      state: 'connecting',
      since: parts.clock(),
      why: 'Redis was not reached yet',
    });
    for (const event of EVENTS) parts.redis.on(event, this.#update);
    this.update();
  }

  get status$(): Observable<ClientStatus> {
    return this.#status$.asObservable();
  }

  update(): void {
    if (this.#status$.value.state === 'closed') return;
    const why = this.#trouble();
    if (why === undefined) this.#set('ready', 'all that is in use is followed');
    else if (this.#status$.value.state !== 'connecting') this.#set('stale', why);
  }

  close(): void {
    for (const event of EVENTS) this.#parts.redis.off(event, this.#update);
    this.#set('closed', 'the client was closed');
    this.#status$.complete();
  }

  #trouble(): string | undefined {
    const { redis, lost } = this.#parts;
    if (redis.status === 'ready') return lost();
    return `the connection to Redis${isCluster(redis) ? ' Cluster' : ''} is "${redis.status}"`;
  }

  #set(state: ClientStatus['state'], why: string): void {
    const { state: before, since, why: whyBefore } = this.#status$.value;
    if (state === before && why === whyBefore) return;
    this.#status$.next({ state, since: state === before ? since : this.#parts.clock(), why });
  }
}
