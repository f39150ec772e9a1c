import { databaseVersion, redisVersion } from './answers.ts';
import type { DatabaseKind, DatabaseServer } from './database-server.ts';
import { dockerAnswers } from './docker.ts';
import { redisKindFromEnvironment } from './redis-kind.ts';
import { startComposeServices } from './start-compose-services.ts';
import { startMariadbServer } from './start-mariadb-server.ts';
import { startMysqlServer } from './start-mysql-server.ts';
import { postgresVersion, startPostgresServer } from './start-postgres-server.ts';
import { startRedisServer } from './start-redis-server.ts';

export interface ServicesOptions {
  /** Default: TENANTRY_DATABASE, else MySQL with Docker and MariaDB without. */
  readonly database?: DatabaseKind;
  /** Told when something takes long, such as an installation. */
  readonly onProgress?: (line: string) => void;
}

/** A database and a Redis, from wherever they can be had. */
export interface Services extends AsyncDisposable {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** One line: which servers these are and where they come from. */
  describe(): string;
  close(): Promise<void>;
}

/**
 * Uses TENANTRY_DATABASE_URL and TENANTRY_REDIS_URL if both are given; else Docker Compose if an engine answers; else
 * private servers from this machine's programs, which it installs where it may. Ends on `close()` what it started.
 */
export async function startServices(options: ServicesOptions = {}): Promise<Services> {
  const started = givenServices() ?? (await composeServices(options)) ?? (await privateServices(options));
  const { databaseUrl, redisUrl, origin, close } = started;
  const isPostgres = databaseUrl.startsWith('postgres');
  const [database, redis] = await Promise.all([
    isPostgres ? postgresVersion(databaseUrl) : databaseVersion(addressOf(databaseUrl, 3306)),
    redisVersion(addressOf(redisUrl, 6379)),
  ]);
  const databaseName = isPostgres ? 'PostgreSQL' : /mariadb/i.test(database ?? '') ? 'MariaDB' : 'MySQL';
  return {
    databaseUrl,
    redisUrl,
    describe: () => `${databaseName} ${database ?? '(no answer)'} and Redis ${redis ?? '(no answer)'}, ${origin}`,
    close,
    [Symbol.asyncDispose]: close,
  };
}

type Started = Pick<Services, 'databaseUrl' | 'redisUrl' | 'close'> & { readonly origin: string };

function givenServices(): Started | undefined {
  const { TENANTRY_DATABASE_URL: databaseUrl, TENANTRY_REDIS_URL: redisUrl } = process.env;
  if (!databaseUrl && !redisUrl) return undefined;
  if (!databaseUrl || !redisUrl) throw new Error('Set both TENANTRY_DATABASE_URL and TENANTRY_REDIS_URL, or neither');
  return { databaseUrl, redisUrl, origin: 'as given in the environment', close: async () => {} };
}

async function composeServices({ database, onProgress }: ServicesOptions): Promise<Started | undefined> {
  const kind = database ?? kindFromEnvironment() ?? 'mysql';
  // Compose knows the two that Tenantry is made for, and one Redis.
  if (kind === 'postgresql' || redisKindFromEnvironment() !== 'redis' || !(await dockerAnswers())) return undefined;
  try {
    return { ...(await startComposeServices(kind, onProgress)), origin: 'containers of this run' };
  } catch (error) {
    onProgress?.(`Docker Compose did not work (${String(error).split('\n')[0]}): trying this machine's own programs`);
    return undefined;
  }
}

async function privateServices({ database, onProgress }: ServicesOptions): Promise<Started> {
  const kind = database ?? kindFromEnvironment() ?? 'mariadb';
  // One after the other: each may have to install something.
  const redis = await startRedisServer(onProgress ? { onProgress } : {});
  try {
    const server = await DATABASES[kind](onProgress);
    const close = async (): Promise<void> => {
      await Promise.all([server.close(), redis.close()]);
    };
    return { databaseUrl: server.url, redisUrl: redis.url, origin: 'private servers of this run', close };
  } catch (error) {
    await redis.close();
    throw error;
  }
}

const DATABASES: Readonly<Record<DatabaseKind, (onProgress?: (line: string) => void) => Promise<DatabaseServer>>> = {
  mariadb: startMariadbServer,
  mysql: startMysqlServer,
  postgresql: startPostgresServer,
};

function kindFromEnvironment(): DatabaseKind | undefined {
  const kind = process.env.TENANTRY_DATABASE;
  if (kind === undefined || kind === '') return undefined;
  if (Object.hasOwn(DATABASES, kind)) return kind as DatabaseKind;
  throw new Error(`TENANTRY_DATABASE must be one of ${Object.keys(DATABASES).join(', ')}, got "${kind}"`);
}

function addressOf(url: string, usualPort: number): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) || usualPort };
}
