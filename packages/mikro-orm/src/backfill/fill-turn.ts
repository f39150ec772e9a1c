import type { RedisClient } from '@tenantry/redis';
import type { ReplicatedDefinition } from '../definitions/replicated-definition.ts';
import type { FillSteps } from './fill-steps.ts';
import type { BackfillSelection, RepublishParts } from './republish-rows.ts';

/** What a fill works with. */
export interface FillParts extends RepublishParts {
  readonly redis: RedisClient;
  /** The run ids of the servers as they are now: a server that restarted has another one. */
  incarnations(): Promise<string>;
}

/** One fill of a Redis. */
export interface FillTurn {
  /** Its lease: gone when Redis lost its data once more. */
  readonly token: string;
  /** The id that tells it from the fills before. */
  readonly as: number;
  /** Tries again what failed and passes. */
  readonly steps: FillSteps;
  /** A server that restarted, or evicted something, may have lost the beginning of it, and not the token. */
  isVoid(): Promise<boolean>;
}

/** Publishes some of a definition's rows. False: Redis lost them again, or the fill is to stop. */
export type PublishPart = (definition: ReplicatedDefinition, part: BackfillSelection) => Promise<boolean>;
