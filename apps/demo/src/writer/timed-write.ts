import type { WriteResult } from '@tenantry/mikro-orm';
import { machineTime } from '../machine-time.ts';
import type { CommitClock } from './commit-clock.ts';

/** The answer to a write of the config store; times are on the machine's clock. */
export interface WriteAnswer {
  readonly result: WriteResult;
  readonly startedAt: number;
  /** Undefined where Redis acknowledged it: the database comes later. */
  readonly committedAt: number | undefined;
  readonly acknowledgedAt: number;
}

export async function timedWrite(clock: CommitClock, write: () => Promise<WriteResult>): Promise<WriteAnswer> {
  const startedAt = machineTime();
  let result: WriteResult | undefined;
  const committedAt = await clock.time(async () => {
    result = await write();
  });
  return { result: result as WriteResult, startedAt, committedAt, acknowledgedAt: machineTime() };
}
