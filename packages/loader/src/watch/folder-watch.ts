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
  #tookMs = 0;
  #isHinted = false;
  #isClosed = false;

  constructor(dir: string, options: CheckedWatchOptions, onScan: (scan: FolderScan) => void) {
    this.#options = options;
    this.#onScan = onScan;
    this.#scanner = new FolderScanner(dir, options);
    this.#settle = new Settle(options);
    this.#hints = new FolderHints(options.maxWatched, () => this.#hint());
    this.#lookAt(0);
  }

  /** Looks now. Resolves once a look has ended that began after this call. */
  async look(): Promise<void> {
    await this.#looking;
    if (this.#isClosed) return;
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

  /** Something may have changed. A look that is under way may have passed it already: another one follows. */
  #hint(): void {
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
    const hashAll = hashMs > 0 && began - this.#hashedAt >= hashMs;
    if (hashAll) this.#hashedAt = began;
    const scan = await this.#scanner.scan({ hashAll });
    this.#looking = undefined;
    const now = performance.now();
    this.#tookMs = now - began;
    if (this.#isClosed) return;
    this.#hints.follow(this.#scanner.folders);
    // What was seen was there when the look began, and maybe not any more when it ended.
    const counts = this.#settle.take(scan, began);
    if (this.#isHinted) this.#hint();
    this.#lookAt(Math.min(now + scanMs, this.#settle.dueAt ?? Number.POSITIVE_INFINITY));
    if (counts) this.#onScan(counts);
  }
}
