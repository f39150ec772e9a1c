import { BehaviorSubject, type Observable } from 'rxjs';
import { CLIENT_STATES, type ClientEvent, type ClientState, FIRST_STATE } from './client-states.ts';

/** How far the answers of the client can be trusted. */
export interface ClientStatus {
  /**
   * `connecting` until Redis was reached for the first time; `ready`: every tenant in use that Redis lets the user read is followed,
   * so memory is current; `stale`: it may not be, and repairs itself; `closed`.
   */
  readonly state: ClientState;
  /** Since when, ms since 1970. */
  readonly since: number;
  readonly why: string;
}

/** Goes from state to state as the table says, and tells of each new state and each new reason once. */
export class StatusMachine {
  readonly #clock: () => number;
  readonly #status$: BehaviorSubject<ClientStatus>;

  constructor(clock: () => number, why: string) {
    this.#clock = clock;
    this.#status$ = new BehaviorSubject<ClientStatus>({ state: FIRST_STATE, since: clock(), why });
  }

  get status(): ClientStatus {
    return this.#status$.value;
  }

  /** The present status, then each change. Completes after `closed`. */
  get status$(): Observable<ClientStatus> {
    return this.#status$.asObservable();
  }

  happened(event: ClientEvent, why: string): void {
    const { state: before, since, why: whyBefore } = this.status;
    const state = CLIENT_STATES[before].after[event];
    // While it connects or is closed, there is one reason for that, and the first one is it.
    const isNews = state !== before || (why !== whyBefore && before !== FIRST_STATE && before !== 'closed');
    if (!isNews) return;
    this.#status$.next({ state, since: state === before ? since : this.#clock(), why });
    if (state === 'closed') this.#status$.complete();
  }
}
