import { type LiveEvent, readChange } from './live-message.ts';
import type { OpenStream } from './stream-hub.ts';

/** A stream that could not be had is asked for again after so long. */
const AGAIN_MS = 30_000;

/** A stream that does not stand by then is held up by something between: the tabs poll until it does. */
const PATIENCE_MS = 5_000;

/** Streams by the browser's EventSource, which resumes by itself with `Last-Event-ID`. */
export function openEventSources(addressOf: (scope: string) => string): OpenStream {
  return (scope, told) => {
    let source: EventSource | undefined;
    let timer = 0;
    const connect = (): void => {
      source = new EventSource(addressOf(scope));
      timer = window.setTimeout(() => told.mode('polling'), PATIENCE_MS);
      let hasStood = false;
      // The headers came before: only from here on the server hears what changes.
      source.addEventListener('ready', () => {
        window.clearTimeout(timer);
        told.mode('live');
        // What was read before that may have changed in between. Later the server goes on from the last id.
        if (!hasStood) tell({ type: 'resync' });
        hasStood = true;
      });
      source.onerror = () => {
        told.mode('polling');
        if (source?.readyState === EventSource.CLOSED) again();
      };
      const tell = (event: LiveEvent): void => told.event(event);
      source.addEventListener('change', ({ data }) => {
        const event = readChange(data);
        if (event !== undefined) tell(event);
      });
      source.addEventListener('resync', () => tell({ type: 'resync' }));
      source.addEventListener('rights', () => tell({ type: 'rights' }));
      source.addEventListener('end', () => {
        tell({ type: 'rights' });
        told.mode('polling');
        again();
      });
    };
    const again = (): void => {
      source?.close();
      window.clearTimeout(timer);
      timer = window.setTimeout(connect, AGAIN_MS);
    };
    connect();
    return {
      close: () => {
        window.clearTimeout(timer);
        source?.close();
      },
    };
  };
}
