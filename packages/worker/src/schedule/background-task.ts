import { TenantryError } from '@tenantry/protocol';
import { withoutValues } from '@tenantry/protocol/internal';

/** The parts of a task. */
export interface BackgroundTaskParts {
  /** Begins the sentences in which its failures are told. */
  readonly name: string;
  /** Calls `heartbeat` now and then where it takes long, and ends early once `stopping` says so. */
  run(signals: TaskSignals): Promise<void>;
  readonly onError: (error: TenantryError) => void;
  readonly clock?: () => number;
}

/** How a run and its task tell each other how they are. */
export interface TaskSignals {
  /** The run is at work: no other one need begin beside it. */
  heartbeat(): void;
  /** The task ends: the run is to end early. */
  stopping(): boolean;
}

// A run can hang for as long as a database or Redis leaves a connection open and says nothing.
const SILENT_MS = 60_000;

/** Work that is done again and again, by one run at a time in this process. */
export class BackgroundTask {
  readonly #parts: BackgroundTaskParts;
  readonly #clock: () => number;
  readonly #underWay = new Set<Promise<void>>();
  #current: { heardAt: number } | undefined;
  #again = false;
  #stopping = false;
  #lastRunAt: number;

  constructor(parts: BackgroundTaskParts) {
    this.#parts = parts;
    this.#clock = parts.clock ?? (() => performance.now());
    this.#lastRunAt = this.#clock();
  }

  /** When the last run began, by the task's clock. */
  get lastRunAt(): number {
    return this.#lastRunAt;
  }

  /** Begins a run; while one is under way, has it followed by another. */
  start(): void {
    if (this.#stopping) return;
    if (this.#current && this.#clock() - this.#current.heardAt < SILENT_MS) {
      this.#again = true;
      return;
    }
    if (this.#current) this.#reportSilence();
    const running = this.#runOnce();
    this.#underWay.add(running);
    void running.finally(() => this.#underWay.delete(running));
  }

  /** Begins no more runs, and settles when those under way have ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#underWay);
  }

  async #runOnce(): Promise<void> {
    const { name, run, onError } = this.#parts;
    const mine = { heardAt: this.#clock() };
    const heartbeat = () => {
      mine.heardAt = this.#clock();
    };
    this.#current = mine;
    this.#again = false;
    this.#lastRunAt = mine.heardAt;
    try {
      await run({ heartbeat, stopping: () => this.#stopping });
    } catch (error) {
      if (!this.#stopping) onError(withoutValues(error, name));
    }
    // A run that was given up on has nothing to say about the present one.
    if (this.#current !== mine) return;
    this.#current = undefined;
    if (this.#again) this.start();
  }

  #reportSilence(): void {
    const { name, onError } = this.#parts;
    onError(new TenantryError('TIMEOUT', `${name} gave no sign for ${SILENT_MS} ms: another run begins beside it.`));
  }
}
