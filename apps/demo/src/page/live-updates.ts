import type { ServerResponse } from 'node:http';
import type { Demo } from '../supervisor/demo.ts';
import type { ReportLine } from '../write-side/report-line.ts';
import { pageState } from './page-state.ts';

/** Pushes the demo's state and its log to every open page, as server-sent events. */
export interface LiveUpdates {
  follow(response: ServerResponse): void;
  close(): void;
}

// Faster than anybody can look, slow enough for a burst of changes.
const PAUSE_MS = 40;
// Redis may change without anybody saying so.
const LOOK_AGAIN_MS = 1_000;
const LOG_LINES = 200;

export function startLiveUpdates(demo: Demo): LiveUpdates {
  const pages = new Set<ServerResponse>();
  const log: { time: number; by: string; kind: string; text: string }[] = [];
  let looking = false;
  let lookAgain = false;

  const push = (event: string, content: unknown, to: Iterable<ServerResponse> = pages): void => {
    for (const page of to) page.write(`event: ${event}\ndata: ${JSON.stringify(content)}\n\n`);
  };

  /** One look at a time; what changes meanwhile is in the next one. */
  async function look(): Promise<void> {
    lookAgain = true;
    if (looking || pages.size === 0) return;
    looking = true;
    while (lookAgain && pages.size > 0) {
      lookAgain = false;
      await pageState(demo).then(
        state => push('state', state),
        error => note('page', 'failed', `The page could not look: ${error}`),
      );
      await new Promise(resolve => setTimeout(resolve, PAUSE_MS));
    }
    looking = false;
  }

  function note(by: string, kind: string, text: string): void {
    const line = { time: Date.now(), by, kind, text };
    log.push(line);
    if (log.length > LOG_LINES) log.shift();
    push('log', [line]);
  }

  demo.events.on('changed', look);
  demo.events.on('report', ({ by, report, text }: ReportLine) => {
    note(by, report, text);
    void look();
  });
  demo.events.on('crash', sentence => {
    note('supervisor', 'failed', sentence);
    void look();
  });
  demo.events.on('status', ({ name, status }) =>
    note(name, status?.state ?? '', `is ${status?.state}: ${status?.why}`),
  );
  const timer = setInterval(look, LOOK_AGAIN_MS);

  return {
    follow(response) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      pages.add(response);
      response.once('close', () => pages.delete(response));
      push('log', log, [response]);
      void look();
    },
    close() {
      clearInterval(timer);
      for (const page of pages) page.end();
      pages.clear();
    },
  };
}
