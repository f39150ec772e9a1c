/** How an event is written on a stream; undefined: it is not told. */
export type EventText = (event: string, data: unknown, id: string | undefined) => string | Uint8Array | undefined;

/** What an outlet is made with. */
export interface OutletOptions {
  /** So many bytes may wait for a reader that is slow; with more it is cut. */
  readonly mostBytes: number;
  readonly textOf: EventText;
  /** Called once, when nothing can be sent any more. */
  onEnd(): void;
}

/** What takes bytes at once and keeps what its reader has not taken: an answer of Node's HTTP server. */
export interface OutletTarget {
  /** So many bytes wait in it. */
  readonly writableLength: number;
  write(chunk: Uint8Array): unknown;
  end(): unknown;
}

const encoder = new TextEncoder();
/** The outlets of bodies that have not ended. */
const outlets = new WeakMap<ReadableStream, Outlet>();

/** The outlet that this is the body of; undefined: it is another body, or has ended. */
export function outletOf(body: ReadableStream<Uint8Array>): Outlet | undefined {
  return outlets.get(body);
}

/**
 * The body of one stream of server-sent events. What waits for its reader is bounded. Whoever has a socket passes the outlet on to it: a body that
 * is read costs several promises for each event and reader.
 */
export class Outlet {
  readonly body: ReadableStream<Uint8Array>;
  readonly #options: OutletOptions;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** Neither read nor passed on yet. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #isAsked = false;
  #target: OutletTarget | undefined;
  #isEnded = false;

  constructor(options: OutletOptions) {
    this.#options = options;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: controller => {
          this.#controller = controller;
        },
        pull: () => {
          this.#isAsked = true;
          this.#give();
        },
        cancel: () => this.leave(),
      },
      { highWaterMark: 0 },
    );
    outlets.set(this.body, this);
  }

  /** How many bytes wait for the reader. */
  get waitingBytes(): number {
    return this.#target?.writableLength ?? this.#waitingBytes;
  }

  /** An event; `id` is what the browser comes back with. */
  send(event: string, data: unknown, id?: string): void {
    const text = this.#isEnded ? undefined : this.#options.textOf(event, data, id);
    if (text !== undefined) this.write(text);
  }

  /** Text that is an event, a comment or `retry`. */
  write(text: string | Uint8Array): void {
    if (this.#isEnded) return;
    const chunk = typeof text === 'string' ? encoder.encode(text) : text;
    // Cut, not kept: the browser comes back with its last id and gets the rest.
    if (this.waitingBytes + chunk.byteLength > this.#options.mostBytes) this.end();
    else if (this.#target) this.#target.write(chunk);
    else {
      this.#waiting.push(chunk);
      this.#waitingBytes += chunk.byteLength;
      if (this.#isAsked) this.#give();
    }
  }

  /** Passes everything on to here, from now on: nobody reads the body. */
  passTo(target: OutletTarget): void {
    if (this.#waiting.length > 0) target.write(this.#take());
    this.#target = target;
  }

  end(): void {
    if (this.#isEnded) return;
    if (this.#target) this.#target.end();
    else {
      if (this.#waiting.length > 0) this.#controller?.enqueue(this.#take());
      this.#controller?.close();
    }
    this.leave();
  }

  /** The reader is gone. */
  leave(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    outlets.delete(this.body);
    this.#options.onEnd();
  }

  #give(): void {
    if (this.#waiting.length === 0) return;
    this.#isAsked = false;
    this.#controller?.enqueue(this.#take());
  }

  #take(): Uint8Array {
    const taken = this.#waiting.length === 1 ? (this.#waiting[0] as Uint8Array) : Buffer.concat(this.#waiting);
    [this.#waiting, this.#waitingBytes] = [[], 0];
    return taken;
  }
}
