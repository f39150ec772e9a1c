import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { redisAnswers } from './answers.ts';
import { findProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import { createPrivateFolder } from './private-folder.ts';
import { type ServerProcess, startServerProcess } from './start-server-process.ts';

export interface RedisServerOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** What survives `kill()`: nothing (the default), or what the append-only file has. */
  readonly appendOnly?: 'no' | 'everysec' | 'always';
  /** More arguments, e.g. `['--maxmemory-policy', 'allkeys-lru']`. */
  readonly args?: readonly string[];
}

/** A Redis of one's own, to be treated badly. */
export interface RedisServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  /** Lets it finish and save what it is set to save. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again on the same port; `wipe` starts it without its data. */
  start(options?: { readonly wipe?: boolean }): Promise<void>;
  /** `stop()` and `start()`; with `wipe`, `kill()` and an empty start. */
  restart(options?: { readonly wipe?: boolean }): Promise<void>;
  /** Connections stay open and nothing is answered, until `resume()`. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const program = findProgram('redis-server', 'valkey-server');
  if (!program) throw new Error('No redis-server found: install it (Debian: apt-get install redis-server)');
  const address = { host: '127.0.0.1', port: options.port ?? (await freePort()) };
  const folder = createPrivateFolder('redis');
  const appendOnly = options.appendOnly ?? 'no';
  // biome-ignore format: an argument and its value belong on one line
  const args = [
    '--port', String(address.port), '--bind', address.host, '--dir', folder.path, '--save', '',
    '--appendonly', appendOnly === 'no' ? 'no' : 'yes',
    ...(appendOnly === 'no' ? [] : ['--appendfsync', appendOnly]),
    ...(options.args ?? []),
  ];
  let server: ServerProcess | undefined;

  const start: RedisServer['start'] = async ({ wipe = false } = {}) => {
    if (server) throw new Error(`Redis on port ${address.port} is running already`);
    if (wipe) removeData(folder.path);
    server = await startServerProcess({ program, args, folder, answers: () => redisAnswers(address) });
  };
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    server?.signal('SIGCONT'); // a paused process would not notice a SIGTERM
    await server?.end(signal);
    server = undefined;
  };
  const close = async (): Promise<void> => {
    await end('SIGKILL');
    folder.remove();
  };
  await start();
  return {
    ...address,
    url: `redis://${address.host}:${address.port}`,
    get pid() {
      if (!server) throw new Error(`Redis on port ${address.port} is not running`);
      return server.pid;
    },
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    restart: async ({ wipe = false } = {}) => {
      await end(wipe ? 'SIGKILL' : 'SIGTERM');
      await start({ wipe });
    },
    pause: () => server?.signal('SIGSTOP'),
    resume: () => server?.signal('SIGCONT'),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function removeData(path: string): void {
  const kept = ['note.json', 'server.log'];
  for (const name of readdirSync(path)) if (!kept.includes(name)) rmSync(join(path, name), { recursive: true });
}
