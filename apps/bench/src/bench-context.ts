import type { Redis } from 'ioredis';

/** What every benchmark gets: a database and a Redis prefix of this run. */
export interface BenchContext {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly redis: Redis;
  readonly prefix: string;
  /** So many rounds, or as many as it takes to see that it works where the run is a quick one. */
  rounds(full: number): number;
  /** So large, or a tenth of it where the run is a quick one. */
  size(full: number): number;
}
