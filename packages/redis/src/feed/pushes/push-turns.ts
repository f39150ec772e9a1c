/** Who takes the pushes of one channel. Must not throw. */
export interface PushReceiver {
  receive(bytes: Buffer): void;
}

/** Bounds of `PushTurns`, in bytes. */
export interface PushTurnsOptions {
  /** After so many, the rest waits for the next turn of the event loop. Default 8 KiB: some thirty changes. */
  readonly turnBytes?: number | undefined;
  /** More are not kept waiting. Default 8 MiB, about what Redis itself keeps for a slow reader. */
  readonly waitingBytes?: number | undefined;
}

interface Push {
  readonly receiver: PushReceiver;
  readonly bytes: Buffer;
}

const TURN_BYTES = 8 * 1024;
const WAITING_BYTES = 8 * 1024 * 1024;
const NO_BYTES = Buffer.alloc(0);

/**
 * Hands on the pushes of one connection in their order, some in each turn of the event loop. Where much changes at once, a socket brings up to
 * two megabytes in one turn: a caller whose value is in memory would wait until all of it was taken. A push that comes alone is handed on at
 * once, and a single one is never divided.
 *
 * Redis takes for delivered what waits here. So past a bound it is handed on all the same: the socket is not read then, and Redis sees a
 * reader that is slow.
 */
export class PushTurns {
  readonly #turnBytes: number;
  readonly #waitingBytes: number;
  #waiting: Push[] = [];
  /** The first in `#waiting` that was not handed on. */
  #first = 0;
  /** How many bytes wait. */
  #held = 0;
  /** How many bytes were handed on as they came, since the last of our immediates, and how many by it. */
  #spent = 0;
  #spentBefore = 0;
  #turn: NodeJS.Immediate | undefined;

  constructor({ turnBytes = TURN_BYTES, waitingBytes = WAITING_BYTES }: PushTurnsOptions = {}) {
    this.#turnBytes = turnBytes;
    this.#waitingBytes = waitingBytes;
  }

  /** One push. */
  take(receiver: PushReceiver, bytes: Buffer): void {
    this.#turn ??= setImmediate(() => this.#nextTurn());
    if (!this.#areWaiting && this.#spentBefore + this.#spent < this.#turnBytes) {
      this.#spent += bytes.length;
      receiver.receive(bytes);
      return;
    }
    this.#waiting.push({ receiver, bytes });
    this.#held += bytes.length;
    while (this.#held > this.#waitingBytes) this.#handOn();
  }

  /** Resolves when everything that was taken before was handed on. */
  async handedOn(): Promise<void> {
    if (this.#areWaiting)
      await new Promise<void>(resolve =>
        this.#waiting.push({ receiver: { receive: () => resolve() }, bytes: NO_BYTES }),
      );
  }

  /** Hands on whatever waits, now. */
  drain(): void {
    while (this.#areWaiting) this.#handOn();
  }

  /** Whatever waits is handed to nobody. */
  close(): void {
    clearImmediate(this.#turn);
    this.#forget();
    this.#held = 0;
  }

  /** Between two of these the sockets are read. Whoever looks, before this one or after it, sees no more than one portion come. */
  #nextTurn(): void {
    this.#turn = undefined;
    const came = this.#spent;
    while (this.#areWaiting && this.#spent < this.#turnBytes) this.#handOn();
    this.#spentBefore = this.#spent - came;
    this.#spent = 0;
    if (this.#areWaiting || this.#spentBefore > 0) this.#turn ??= setImmediate(() => this.#nextTurn());
  }

  get #areWaiting(): boolean {
    return this.#first < this.#waiting.length;
  }

  #handOn(): void {
    const { receiver, bytes } = this.#waiting[this.#first++] as Push;
    this.#held -= bytes.length;
    this.#spent += bytes.length;
    // Before it is handed on: its receiver may end all of this.
    if (!this.#areWaiting) this.#forget();
    receiver.receive(bytes);
  }

  #forget(): void {
    this.#waiting = [];
    this.#first = 0;
  }
}
