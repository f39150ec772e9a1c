import type { SeededRandom } from '@tenantry/testing';
import type { Pool } from 'mysql2/promise';
import type { Capture, DrawnWorld } from '../drawn/draw-world.ts';
import type { ChangingFolder } from '../files/changing-folder.ts';
import type { History } from '../history/history.ts';
import type { DatabasePlace } from './database-place.ts';
import type { ReplicatedDatabase } from './read-replica.ts';
import type { RedisPlace } from './redis-place.ts';
import type { Role, RunProcess } from './run-process.ts';

/** Everything a fault can lay its hands on. */
export interface World extends AsyncDisposable {
  readonly history: History;
  readonly random: SeededRandom;
  readonly redis: RedisPlace;
  readonly database: DatabasePlace;
  /** To the run's own database, past the proxies. */
  readonly pool: Pool;
  readonly prefix: string;
  readonly writeBack: boolean;
  readonly capture: Capture;
  /** Its entities and the options of its libraries. */
  readonly drawn: DrawnWorld;
  readonly readReplica: ReplicatedDatabase | undefined;
  /** What the loader loads. */
  readonly files: ChangingFolder;
  readonly processes: readonly RunProcess[];
  of(role: Role): readonly RunProcess[];
  /** Says what is done to the world. */
  note(text: string, lostData?: boolean): void;
  /** Says that the readers are cut off from Redis while `work` runs. */
  whileUnreachable(readers: readonly RunProcess[], work: () => Promise<void>): Promise<void>;
  /** What an operator does after damage that no process can notice: an audit with repair, to its end. */
  audit(): Promise<void>;
  /** Waits, during which the traffic goes on. */
  let(ms: number): Promise<void>;
}
