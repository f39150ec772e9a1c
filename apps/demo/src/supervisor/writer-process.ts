import type { ReportLine } from '../write-side/report-line.ts';
import type { Operation } from '../writer/apply-operations.ts';
import type { TransactionAnswer } from '../writer/writer-api.ts';
import { type ChildOptions, startChild } from './start-child.ts';

type FromWriter =
  | ReportLine
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'redis'; readonly reached: boolean };

/** The application's process, and a client of its API. */
export interface WriterProcess {
  readonly pid: number;
  /** Whether its own connection to Redis stands. */
  readonly reachesRedis: boolean;
  transact(operations: readonly Operation[], rollback?: boolean): Promise<TransactionAnswer>;
  end(): Promise<void>;
}

export async function startWriter(
  options: Omit<ChildOptions, 'script' | 'name'>,
  onReport: (line: ReportLine) => void,
): Promise<WriterProcess> {
  const child = startChild({ ...options, name: 'writer', script: new URL('../writer/main.js', import.meta.url).href });
  let reachesRedis = false;
  child.onMessage((message: FromWriter) => {
    if (message.kind === 'report') onReport(message);
    if (message.kind === 'redis') reachesRedis = message.reached;
  });
  const port = await child.until(said => {
    const message = said as FromWriter;
    return message.kind === 'ready' ? message.port : undefined;
  });
  return {
    pid: child.pid,
    get reachesRedis() {
      return reachesRedis;
    },
    async transact(operations, rollback = false) {
      const response = await fetch(`http://127.0.0.1:${port}/transactions`, {
        method: 'POST',
        body: JSON.stringify({ operations, rollback }),
        signal: AbortSignal.timeout(10_000),
      });
      const answer = (await response.json()) as TransactionAnswer & { error?: string };
      if (!response.ok) throw new Error(`The database refused it: ${answer.error}`);
      return answer;
    },
    end: () => child.end(),
  };
}
