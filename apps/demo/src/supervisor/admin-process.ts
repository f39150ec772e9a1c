import type { ReportLine } from '../write-side/report-line.ts';
import { type ChildOptions, startChild } from './start-child.ts';

type FromAdmin = ReportLine | { readonly kind: 'ready'; readonly url: string };

/** The process that serves the admin. */
export interface AdminProcess {
  readonly pid: number;
  readonly url: string;
  end(): Promise<void>;
}

/** Resolves once it listens: on `wantedPort`, or on a free one where that is taken. */
export async function startAdmin(
  options: Omit<ChildOptions, 'script' | 'name' | 'args'> & { readonly wantedPort: number },
  onReport: (line: ReportLine) => void,
): Promise<AdminProcess> {
  const script = new URL('../admin/main.js', import.meta.url).href;
  const child = startChild({ ...options, name: 'admin', script, args: [String(options.wantedPort)] });
  child.onMessage((message: FromAdmin) => {
    if (message.kind === 'report') onReport(message);
  });
  const url = await child.until(said => {
    const message = said as FromAdmin;
    return message.kind === 'ready' ? message.url : undefined;
  });
  return { pid: child.pid, url, end: () => child.end() };
}
