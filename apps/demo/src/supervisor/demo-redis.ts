/** A Redis that can be taken away: a private one is ended, a borrowed one is only made unreachable. */
export interface DemoRedis {
  /** For readers and workers. */
  readonly url: string;
  /** For the supervisor's own look at what is in there. */
  readonly inspectUrl: string;
  readonly isReachable: boolean;
  /** For people. */
  readonly origin: string;
  stop(): Promise<void>;
  /** `wipe`: without its data. */
  start(options?: { readonly wipe?: boolean }): Promise<void>;
  close(): Promise<void>;
}

/** The same URL, user, password and database included, at another address. */
export function atAddress(url: string, { host, port }: { readonly host: string; readonly port: number }): string {
  const moved = new URL(url);
  moved.hostname = host;
  moved.port = String(port);
  return moved.href;
}

export function addressOf(url: string): { host: string; port: number } {
  const { protocol, hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) || (protocol === 'redis:' ? 6379 : 3306) };
}
