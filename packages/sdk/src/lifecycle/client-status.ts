import type { Observable } from 'rxjs';
import { type ClientStatus, StatusMachine } from './status-machine.ts';

/** The connection for commands, as the status sees it: that to Redis, or to a replica in this process, which is always there. */
export interface WatchedConnection {
  readonly status: string;
  readonly isCluster: boolean;
  on(event: (typeof EVENTS)[number], listener: () => void): unknown;
  off(event: (typeof EVENTS)[number], listener: () => void): unknown;
}

/** The inputs of the status. */
export interface StatusParts {
  readonly redis: WatchedConnection;
  readonly clock: () => number;
  /** Why some feed that should be live is not. */
  lost(): string | undefined;
}

const EVENTS = ['ready', 'close', 'end'] as const;

/** Watches the connection; `update` is for changes of the feeds. */
export class ClientStatusSource {
  readonly #parts: StatusParts;
  readonly #machine: StatusMachine;
  readonly #update = () => this.update();
  #cutOffAt: number | undefined;

  constructor(parts: StatusParts) {
    this.#parts = parts;
    this.#machine = new StatusMachine(parts.clock, 'Redis was not reached yet');
    for (const event of EVENTS) parts.redis.on(event, this.#update);
    this.update();
  }

  get status(): ClientStatus {
    return this.#machine.status;
  }

  get status$(): Observable<ClientStatus> {
    return this.#machine.status$;
  }

  /** Since when there is no connection for commands, ms since 1970; undefined: there is one. */
  get cutOffAt(): number | undefined {
    return this.#cutOffAt;
  }

  /** One reason for one loss, through however many attempts to connect again. */
  get whyCutOff(): string {
    const { redis } = this.#parts;
    const name = redis.isCluster ? 'Redis Cluster' : 'Redis';
    if (redis.status === 'end') return `the connection to ${name} has ended, and no other is made`;
    return `there is no connection to ${name}`;
  }

  update(): void {
    const { redis, lost, clock } = this.#parts;
    if (redis.status !== 'ready') {
      this.#cutOffAt ??= clock();
      this.#machine.happened('cutOff', this.whyCutOff);
      return;
    }
    this.#cutOffAt = undefined;
    const why = lost();
    if (why === undefined) this.#machine.happened('followed', 'all that is in use is followed');
    else this.#machine.happened('behind', why);
  }

  close(): void {
    for (const event of EVENTS) this.#parts.redis.off(event, this.#update);
    this.#machine.happened('closed', 'the client was closed');
  }
}
