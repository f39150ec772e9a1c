import { setTimeout as sleep } from 'node:timers/promises';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { Failure } from '../failures/failure.ts';
import type { Api } from './api.ts';
import type { Answer } from './exchange.ts';

/** One thing that a stream told. */
export interface Told {
  readonly event: string;
  readonly data: unknown;
  /** Where to go on after it. Of a transaction the last change has one. */
  readonly id: string | undefined;
}

/** What a stream is asked for. */
export interface StreamOptions {
  readonly scope: string;
  /** The id to go on after; undefined: from now on. */
  readonly after?: string | undefined;
}

const LONGEST_PAUSE_MS = 10_000;
/** The server says something every 15 seconds. */
const SILENT_MS = 45_000;

/**
 * What changes in a scope, without an end: a stream that was cut off is opened again where it was. What was heard in part, because the cut was in
 * the middle of a transaction, is heard again from its beginning, and told once. Throws a `Failure` where the server says no.
 */
export async function* eventStream(api: Api, { scope, after }: StreamOptions): AsyncGenerator<Told, never, undefined> {
  let last = after;
  let failures = 0;
  for (;;) {
    const stream = new Stream();
    try {
      const headers = { accept: 'text/event-stream', ...(last !== undefined && { 'last-event-id': last }) };
      const answer = await api.open('events.stream', { names: { scope }, headers });
      let part: Told[] = [];
      for await (const told of stream.read(answer)) {
        failures = 0;
        part.push(told);
        if (told.id === undefined && told.event === 'change') continue;
        last = told.id ?? last;
        yield* part;
        part = [];
      }
    } catch (error) {
      if (api.connection.signal.aborted) throw error;
      if (error instanceof Failure && !error.retryable) throw error;
      // Nothing was heard yet: the address may be wrong.
      if (last === undefined) throw error;
    }
    failures++;
    const pause = Math.min(LONGEST_PAUSE_MS, stream.retryMs * 2 ** Math.min(failures - 1, 5));
    api.connection.debug(`cut off, again in ${pause} ms`);
    await sleep(pause, undefined, { signal: api.connection.signal });
  }
}

/** One life of a stream. */
class Stream {
  /** What the server asks for. */
  retryMs = 1_000;

  /** Ends where the answer ends, is cut or falls silent. */
  async *read(answer: Answer): AsyncGenerator<Told, void, undefined> {
    const heard: EventSourceMessage[] = [];
    const parser = createParser({
      onEvent: message => heard.push(message),
      onRetry: ms => {
        this.retryMs = ms;
      },
    });
    const decoder = new TextDecoder();
    let silence: NodeJS.Timeout | undefined;
    try {
      silence = setTimeout(() => answer.close(), SILENT_MS);
      for await (const chunk of answer.body) {
        silence.refresh();
        parser.feed(decoder.decode(chunk, { stream: true }));
        for (const message of heard.splice(0)) yield toTold(message);
      }
    } catch (error) {
      // A cut is an end: what was missed comes when the stream is opened again.
      if (error instanceof Failure) throw error;
    } finally {
      clearTimeout(silence);
      answer.close();
    }
  }
}

function toTold({ event = 'message', data, id }: EventSourceMessage): Told {
  try {
    return { event, data: JSON.parse(data), id };
  } catch {
    throw new Failure('UNKNOWN_ANSWER', `The stream told a "${event}" that is no JSON.`);
  }
}
