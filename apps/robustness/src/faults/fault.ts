import type { Topology } from '../world/redis-place.ts';
import type { Role } from '../world/run-process.ts';
import type { World } from '../world/world.ts';

/** One way in which a world breaks. */
export interface Fault {
  readonly name: string;
  /** One sentence for the list. */
  readonly about: string;
  /** Default: one server. */
  readonly topology?: Topology;
  readonly appendOnly?: 'no' | 'everysec' | 'always';
  readonly redisArguments?: readonly string[];
  readonly feedLength?: number;
  /** The application reads from a lagging copy of the database; MariaDB only. */
  readonly hasReadReplica?: boolean;
  clockSkewMs?(role: Role, index: number): number;
  /** Breaks something during the traffic, and mends it: resolves when the world is whole again. */
  strike(world: World): Promise<void>;
}
