import type { DatabaseServer } from './database-server.ts';
import { startMariadbServer } from './start-mariadb-server.ts';
import { startRedisServer } from './start-redis-server.ts';

export interface ServicesOptions {
  /** Default: TENANTRY_DATABASE, else mariadb. */
  readonly database?: DatabaseServer['kind'];
}

/** A database and a Redis, from wherever they can be had. */
export interface Services extends AsyncDisposable {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** One line: which servers these are and where they come from. */
  describe(): string;
  close(): Promise<void>;
}

export async function startServices(_options: ServicesOptions = {}): Promise<Services> {
  const [database, redis] = await Promise.all([startMariadbServer(), startRedisServer()]);
  const close = async (): Promise<void> => {
    await Promise.all([database.close(), redis.close()]);
  };
  return {
    databaseUrl: database.url,
    redisUrl: redis.url,
    describe: () => `${database.kind} at ${database.url}, Redis at ${redis.url}, private servers of this machine`,
    close,
    [Symbol.asyncDispose]: close,
  };
}
