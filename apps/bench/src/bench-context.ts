import type { Redis } from 'ioredis';

/** What every benchmark gets: a database and a Redis prefix of this run. */
export interface BenchContext {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly redis: Redis;
  readonly prefix: string;
}
