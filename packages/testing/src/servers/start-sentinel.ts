import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { redisVersion } from './answers.ts';
import { freePort } from './free-port.ts';
import { createPrivateFolder } from './process/private-folder.ts';
import { startServerProcess } from './process/start-server-process.ts';
import { findRedis, redisKindFromEnvironment } from './redis-kind.ts';
import { type RedisServer, type RedisServerOptions, startRedisServer } from './start-redis-server.ts';

/** A master with a replica, and one Sentinel that watches them under the name `main`. */
export interface SentinelSetup extends AsyncDisposable {
  readonly master: RedisServer;
  readonly replica: RedisServer;
  /** For ioredis: `new Redis({ sentinels, name: 'main' })`. */
  readonly sentinels: readonly [{ readonly host: string; readonly port: number }];
  close(): Promise<void>;
}

/** How long the master may be silent before the replica takes its place, in ms. */
const DOWN_AFTER_MS = 500;

/** Needs a Redis of this machine: in containers they could not tell each other where they are. */
export async function startSentinel(options: Pick<RedisServerOptions, 'appendOnly'> = {}): Promise<SentinelSetup> {
  const origin = await findRedis(redisKindFromEnvironment());
  if ('image' in origin) throw new Error('redis-server is not installed');
  const master = await startRedisServer(options);
  const replica = await startRedisServer({ ...options, args: ['--replicaof', master.host, String(master.port)] });
  const folder = createPrivateFolder('sentinel');
  const address = { host: '127.0.0.1', port: await freePort() };
  const work = join(folder.path, 'work');
  mkdirSync(work);
  // A Sentinel keeps its state in its own configuration file.
  const file = join(folder.path, 'sentinel.conf');
  const settings = [
    `port ${address.port}`,
    `bind ${address.host}`,
    `dir ${work}`,
    `sentinel monitor main ${master.host} ${master.port} 1`,
    `sentinel down-after-milliseconds main ${DOWN_AFTER_MS}`,
    'sentinel failover-timeout main 2000',
  ];
  writeFileSync(file, `${settings.join('\n')}\n`);
  const [program, ...before] = origin.command as [string, ...string[]];
  const sentinel = await startServerProcess({
    program,
    args: [...before, file, '--sentinel'],
    folder,
    answers: () => redisVersion(address),
  });
  const close = async (): Promise<void> => {
    await sentinel.end('SIGKILL');
    folder.remove();
    await Promise.all([master.close(), replica.close()]);
  };
  return { master, replica, sentinels: [address], close, [Symbol.asyncDispose]: close };
}
