import { EventText, type TextEvent } from './event-text.ts';
import { readChange } from './live-message.ts';
import type { OpenStream } from './stream-hub.ts';

/** A stream that could not be had is asked for again after so long. */
const AGAIN_MS = 30_000;

/** One that has ended, where the server does not say when to ask again. */
const RETRY_MS = 3_000;

/** A stream that does not stand by then is held up by something between: the tabs poll until it does. */
const PATIENCE_MS = 5_000;

/** The server says something every 15 s. A stream that is silent for twice as long is held back, or leads nowhere any more. */
const SILENCE_MS = 30_000;

/**
 * Streams by `fetch`. The browser's EventSource does not show the heartbeats, so a stream that a proxy holds back would look like one in which
 * nothing happens.
 */
export function openStreams(addressOf: (scope: string) => string): OpenStream {
  return (scope, told) => {
    let lastId: string | undefined;
    let timer = 0;
    let call: AbortController | undefined;

    const connect = async (): Promise<void> => {
      const mine = new AbortController();
      call = mine;
      const patience = window.setTimeout(() => told.mode('polling'), PATIENCE_MS);
      let silence = 0;
      const hear = (): void => {
        window.clearTimeout(silence);
        silence = window.setTimeout(() => mine.abort('silent'), SILENCE_MS);
      };
      hear();
      let waitMs = AGAIN_MS;
      try {
        await listen(addressOf(scope), lastId, mine.signal, (events, { lastId: id = lastId, retryMs = RETRY_MS }) => {
          hear();
          waitMs = retryMs;
          lastId = id;
          for (const event of events) {
            if (event.event === 'ready') window.clearTimeout(patience);
            tell(event);
          }
        });
      } catch {
        // Asked again below, like one that has ended.
      }
      window.clearTimeout(patience);
      window.clearTimeout(silence);
      if (mine.signal.reason === 'closed') return;
      told.mode('polling');
      // What was held back once is likely to be held back again.
      if (mine.signal.aborted) waitMs = AGAIN_MS;
      timer = window.setTimeout(() => void connect(), waitMs);
    };

    const tell = ({ event, data }: TextEvent): void => {
      switch (event) {
        case 'ready':
          // The headers came before: only from here on the server hears what changes.
          told.mode('live');
          // What was read before that may have changed in between. Later the server goes on from the last id, but between two streams nobody
          // tells of rights that came or went.
          told.event({ type: 'resync' });
          return;
        case 'change': {
          const change = readChange(data);
          if (change !== undefined) told.event(change);
          return;
        }
        case 'resync':
          told.event({ type: 'resync' });
          return;
        case 'rights':
        case 'end':
          told.event({ type: 'rights' });
          return;
      }
    };

    void connect();
    return {
      close: () => {
        window.clearTimeout(timer);
        call?.abort('closed');
      },
    };
  };
}

/** Reads a stream to its end. Throws where there is none, and where it breaks off. */
async function listen(
  address: string,
  lastId: string | undefined,
  signal: AbortSignal,
  heard: (events: readonly TextEvent[], text: EventText) => void,
): Promise<void> {
  const headers: Record<string, string> = { Accept: 'text/event-stream' };
  if (lastId !== undefined) headers['Last-Event-ID'] = lastId;
  const { ok, body, headers: told } = await fetch(address, { headers, signal, cache: 'no-store' });
  const isStream = told.get('Content-Type')?.startsWith('text/event-stream') === true;
  if (!ok || !isStream || body === null) throw new Error('There is no stream.');
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  const text = new EventText();
  for (let read = await reader.read(); !read.done; read = await reader.read()) heard(text.take(read.value), text);
}
