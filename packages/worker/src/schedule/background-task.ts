import { TenantryError } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';

/** Something that is done again and again, by one run at a time in this process. */
export interface BackgroundTask {
  /** When the last run began; as `clock` has it. */
  readonly lastRunAt: number;
  /** Begins a run; while one is under way, has it followed by another. */
  start(): void;
  /** Begins no more runs, and settles when those under way have ended. */
  stop(): Promise<void>;
}

/** What a task needs. */
export interface BackgroundTaskParts {
  /** Begins the sentences in which its failures are told. */
  readonly name: string;
  /** Calls `alive` now and then where it takes long, and ends early once `stopping` says so. */
  run(signs: RunSigns): Promise<void>;
  readonly onError: (error: TenantryError) => void;
  readonly clock?: () => number;
}

export interface RunSigns {
  alive(): void;
  stopping(): boolean;
}

// A run can hang for as long as a database or Redis leaves a connection open and says nothing.
const SILENT_MS = 60_000;

export function createBackgroundTask(parts: BackgroundTaskParts): BackgroundTask {
  const { name, run, onError, clock = () => performance.now() } = parts;
  const underWay = new Set<Promise<void>>();
  let current: { aliveAt: number } | undefined;
  let again = false;
  let stopping = false;
  let lastRunAt = clock();

  function start(): void {
    if (stopping) return;
    if (current && clock() - current.aliveAt < SILENT_MS) {
      again = true;
      return;
    }
    if (current)
      onError(new TenantryError('TIMEOUT', `${name} gave no sign for ${SILENT_MS} ms: another run begins beside it.`));
    const running = runOnce();
    underWay.add(running);
    void running.finally(() => underWay.delete(running));
  }

  async function runOnce(): Promise<void> {
    const mine = { aliveAt: clock() };
    const alive = () => {
      mine.aliveAt = clock();
    };
    current = mine;
    again = false;
    lastRunAt = mine.aliveAt;
    try {
      await run({ alive, stopping: () => stopping });
    } catch (error) {
      if (!stopping) onError(withoutValues(error, name));
    }
    // One that was given up on has nothing to say about the present one.
    if (current !== mine) return;
    current = undefined;
    if (again) start();
  }

  return {
    get lastRunAt() {
      return lastRunAt;
    },
    start,
    async stop() {
      stopping = true;
      await Promise.all(underWay);
    },
  };
}
