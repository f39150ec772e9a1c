const encoder = new TextEncoder();

/** How an event of the admin's is written on a stream. */
export type EventText = (event: string, data: unknown, id: string | undefined) => string | undefined;

/** What an outlet is made with. */
export interface OutletOptions {
  /** So many bytes may wait for a reader that is slow; with more it is cut. */
  readonly mostBytes: number;
  /** The text of an event; undefined: it is not told. Default: as it is. */
  readonly textOf?: EventText | undefined;
  /** Called once, when nothing can be sent any more. */
  onEnd(): void;
}

/** The body of one stream of server-sent events. What waits for its reader is bounded. */
export class Outlet {
  readonly body: ReadableStream<Uint8Array>;
  readonly #options: OutletOptions;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #isEnded = false;

  constructor(options: OutletOptions) {
    this.#options = options;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: controller => {
          this.#controller = controller;
        },
        cancel: () => this.#finish(),
      },
      { highWaterMark: options.mostBytes, size: chunk => chunk?.byteLength ?? 0 },
    );
  }

  /** An event; `id` is what the browser comes back with. */
  send(event: string, data: unknown, id?: string): void {
    const { textOf = asItIs } = this.#options;
    const text = textOf(event, data, id);
    if (text !== undefined) this.write(text);
  }

  /** Text that is an event, a comment or `retry`. */
  write(text: string): void {
    if (this.#isEnded) return;
    const chunk = encoder.encode(text);
    // Cut, not kept: the browser comes back with its last id and gets the rest.
    if ((this.#controller?.desiredSize ?? 0) < chunk.byteLength) this.end();
    else this.#controller?.enqueue(chunk);
  }

  end(): void {
    if (this.#isEnded) return;
    this.#controller?.close();
    this.#finish();
  }

  #finish(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#options.onEnd();
  }
}

const asItIs: EventText = (event, data, id) =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
