/** One event of a `text/event-stream`. */
export interface TextEvent {
  readonly event: string;
  readonly data: string;
}

/** Reads a `text/event-stream` as it arrives, in pieces of any size. */
export class EventText {
  #rest = '';
  #event = '';
  #data: string[] = [];
  /** Of the event that arrives. Of one that is cut off before its end it does not count: the server would go on after it. */
  #id: string | undefined;
  /** The last id of an event that is complete; undefined: none yet. */
  lastId: string | undefined;
  /** When the server wants to be asked again, once the stream has ended. */
  retryMs: number | undefined;

  /** The events that this piece completes. */
  take(piece: string): TextEvent[] {
    const lines = (this.#rest + piece).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.flatMap(line => this.#line(line.endsWith('\r') ? line.slice(0, -1) : line) ?? []);
  }

  #line(line: string): TextEvent | undefined {
    if (line === '') return this.#finish();
    const [, name = line, value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (name === 'event') this.#event = value;
    else if (name === 'data') this.#data.push(value);
    else if (name === 'id') this.#id = value;
    else if (name === 'retry' && /^\d+$/.test(value)) this.retryMs = Number(value);
    // A line without a name is a comment: a heartbeat.
    return undefined;
  }

  #finish(): TextEvent | undefined {
    this.lastId = this.#id;
    const [event, data] = [this.#event, this.#data];
    [this.#event, this.#data] = ['', []];
    return data.length === 0 ? undefined : { event: event || 'message', data: data.join('\n') };
  }
}
