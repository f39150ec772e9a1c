import type { FolderScan } from '../folder/folder-scan.ts';
import { FolderScanner } from '../folder/folder-scanner.ts';
import { FolderHints } from './folder-hints.ts';
import { Settle } from './settle.ts';
import type { CheckedWatchOptions } from './watch-options.ts';

/** Looks at a folder again and again, one look at a time, and tells what counts. */
export class FolderWatch {
  readonly #options: CheckedWatchOptions;
  readonly #onScan: (scan: FolderScan) => void;
  readonly #scanner: FolderScanner;
  readonly #settle: Settle;
  readonly #hints: FolderHints;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #hashedAt = performance.now();
  /** How long the last look into the folders took that events came from. */
  #tookMs = 0;
  #isHinted = false;
  /** The folders that events came from since all were looked into. */
  #hinted = new Set<string>();
  /** When all folders are to be looked into again. */
  #allAt = 0;
  #isClosed = false;

  constructor(dir: string, options: CheckedWatchOptions, onScan: (scan: FolderScan) => void) {
    this.#options = options;
    this.#onScan = onScan;
    this.#scanner = new FolderScanner(dir, options);
    this.#settle = new Settle(options);
    this.#hints = new FolderHints(options.maxWatched, folder => this.#hint(folder));
    this.#lookAt(0);
  }

  /** Looks now. Resolves once a look has ended that began after this call. */
  async look(): Promise<void> {
    await this.#looking;
    if (this.#isClosed) return;
    this.#allAt = 0;
    this.#looking ??= this.#look();
    await this.#looking;
  }

  /** Ends it: no timer is left, and nothing is told any more. Resolves once the look that is under way has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#hints.close();
    await this.#looking;
  }

  /** Something may have changed in a folder. A look that is under way may have passed it already: another one follows. */
  #hint(folder: string): void {
    this.#hinted.add(folder);
    this.#hintNow();
  }

  #hintNow(): void {
    if (this.#isClosed) return;
    this.#isHinted = true;
    // A burst of events is one look, and a folder that never rests does not take all of the process.
    if (!this.#looking) this.#lookAt(performance.now() + Math.min(50, Math.max(2, this.#tookMs)));
  }

  #lookAt(at: number): void {
    if (this.#isClosed || at >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = at;
    this.#timer = setTimeout(
      () => {
        this.#dueAt = Number.POSITIVE_INFINITY;
        this.#looking ??= this.#look();
      },
      Math.max(0, Math.ceil(at - performance.now())),
    );
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#isHinted = false;
    const { hashMs, scanMs } = this.#options;
    const began = performance.now();
    const isAll = began >= this.#allAt;
    const hashAll = isAll && hashMs > 0 && began - this.#hashedAt >= hashMs;
    if (hashAll) this.#hashedAt = began;
    const only = new Set(this.#hinted);
    if (isAll) this.#hinted = new Set();
    const scan = await this.#scanner.scan(isAll ? { hashAll } : { only });
    this.#looking = undefined;
    const now = performance.now();
    if (!isAll) this.#tookMs = now - began;
    if (this.#isClosed) return;
    this.#hints.follow(this.#scanner.folders);
    // What was seen was there when the look began, and maybe not any more when it ended.
    const counts = this.#settle.take(scan, began);
    const { dueAt = Number.POSITIVE_INFINITY } = this.#settle;
    // Whatever all folders had shown, all must show again before it counts.
    if (isAll) this.#allAt = Math.min(now + scanMs, Math.max(dueAt, now));
    if (this.#isHinted) this.#hintNow();
    this.#lookAt(Math.min(this.#allAt, dueAt));
    if (counts) this.#onScan(counts);
  }
}
