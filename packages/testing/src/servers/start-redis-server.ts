import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { redisVersion } from './answers.ts';
import { startServerContainer } from './docker.ts';
import { freePort } from './free-port.ts';
import { createPrivateFolder } from './process/private-folder.ts';
import { type ServerProcess, startServerProcess } from './process/start-server-process.ts';
import { findRedis, type RedisKind, redisKindFromEnvironment } from './redis-kind.ts';

export interface RedisServerOptions {
  /** Default: TENANTRY_REDIS, else whatever Redis this machine has. */
  readonly kind?: RedisKind;
  /** Default: a free one. */
  readonly port?: number;
  /** What a `kill()` leaves to the next `start()`: nothing (the default), or what the append-only file has. */
  readonly appendOnly?: 'no' | 'everysec' | 'always';
  /** More arguments, e.g. `['--maxmemory-policy', 'allkeys-lru']`. */
  readonly args?: readonly string[];
  /** Told when something takes long, such as an installation. */
  readonly onProgress?: (line: string) => void;
}

/** A Redis of one's own, to be treated badly. */
export interface RedisServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** Throws while it is not running. */
  readonly pid: number;
  /** SIGTERM: it may finish what it is doing. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again on the same port; `wipe` starts it without its data. */
  start(options?: { readonly wipe?: boolean }): Promise<void>;
  /** Ends it if it runs, and starts it again. */
  restart(options?: { readonly wipe?: boolean }): Promise<void>;
  /** Connections stay open and nothing is answered, until `resume()`. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

/** Runs the redis-server of this machine, else one in a container, else installs one where it may. */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const address = { host: '127.0.0.1', port: options.port ?? (await freePort()) };
  const launch = await redisLauncher(address, options);
  const folder = createPrivateFolder('redis');
  let server: ServerProcess | undefined;

  const start: RedisServer['start'] = async ({ wipe = false } = {}) => {
    if (server) throw new Error(`Redis on port ${address.port} is running already`);
    if (wipe) removeData(folder.path);
    server = await launch(folder);
  };
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    const ending = server;
    server = undefined;
    await ending?.end(signal);
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
    restart: async again => {
      await end(again?.wipe ? 'SIGKILL' : 'SIGTERM');
      await start(again);
    },
    pause: () => server?.pause(),
    resume: () => server?.resume(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

type Launch = (folder: ReturnType<typeof createPrivateFolder>) => Promise<ServerProcess>;

async function redisLauncher(
  { host, port }: { host: string; port: number },
  options: RedisServerOptions,
): Promise<Launch> {
  const { appendOnly = 'no', args = [], kind = redisKindFromEnvironment() } = options;
  const durability =
    appendOnly === 'no' ? ['--appendonly', 'no'] : ['--appendonly', 'yes', '--appendfsync', appendOnly];
  // A master would wait five seconds for more replicas before it copies itself to the first.
  const settings = ['--save', '', '--repl-diskless-sync-delay', '0', ...durability, ...args];
  const answers = (): Promise<unknown> => redisVersion({ host, port });
  const origin = await findRedis(kind, options.onProgress);
  if ('image' in origin) {
    const inside = ['redis-server', '--dir', '/data', ...settings];
    const publish = `${host}:${port}:6379`;
    return folder => {
      const name = `tenantry-${basename(folder.path)}`;
      return startServerContainer({ program: origin.image, args: inside, folder, answers, name, publish });
    };
  }
  const [program, ...before] = origin.command as [string, ...string[]];
  return folder => {
    const place = ['--port', String(port), '--bind', host, '--dir', folder.path];
    return startServerProcess({ program, args: [...before, ...place, ...settings], folder, answers });
  };
}

function removeData(path: string): void {
  const kept = ['leavings.json', 'server.log'];
  for (const name of readdirSync(path)) if (!kept.includes(name)) rmSync(join(path, name), { recursive: true });
}
