import { type Processor, Worker, type WorkerOptions } from 'bullmq';

const PAUSE_MS = 5_000;

/**
 * A worker of BullMQ whose pauses end with it. After a look for stalled jobs that failed with its connection, BullMQ 6.7.0 waits
 * five seconds, and nothing ends that timer: a process that closed its worker lived on for as long.
 */
export class QueueWorker<Data, Result = unknown, Name extends string = string> extends Worker<Data, Result, Name> {
  readonly #pauses = new Set<() => void>();
  #isEnding = false;

  // The base begins its first look within its constructor, before this class has its fields.
  constructor(name: string, process: Processor<Data, Result, Name>, options: WorkerOptions) {
    super(name, process, { ...options, autorun: false });
    this.run().catch(error => this.emit('error', error));
  }

  /** Ends the pauses that are under way, and has none begin any more. */
  endPauses(): void {
    this.#isEnding = true;
    for (const end of this.#pauses) end();
  }

  protected override async checkConnectionError<T>(
    work: () => Promise<T>,
    pauseMs: number = PAUSE_MS,
  ): Promise<T | undefined> {
    let isDone = false;
    const noted = async () => {
      const result = await work();
      isDone = true;
      return result;
    };
    // Without a pause of its own it only reports.
    const result = await super.checkConnectionError(noted, 0);
    if (!isDone && pauseMs > 0) await this.#pause(pauseMs);
    return result;
  }

  async #pause(ms: number): Promise<void> {
    if (this.#isEnding) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#pauses.add(resolve);
    await promise;
    clearTimeout(timer);
    this.#pauses.delete(resolve);
  }
}
