import { TenantryError } from '@tenantry/protocol';
import { logError, logOf, pauseAfter, withoutValues } from '@tenantry/protocol/internal';
import { BehaviorSubject, type Observable } from 'rxjs';
import type { LoadReport } from './apply/load-report.ts';
import { withinTime } from './apply/within-time.ts';
import { createImporter } from './create-importer.ts';
import { problemLine } from './folder/file-problem.ts';
import type { FolderScan } from './folder/folder-scan.ts';
import { type CheckedLoaderOptions, checkLoaderOptions, type LoaderOptions } from './loader-options.ts';
import type { LoaderStatus } from './loader-status.ts';
import { FolderWatch } from './watch/folder-watch.ts';

/** A running loader. */
export interface TenantryLoader extends AsyncDisposable {
  /** How it stands, now and whenever that changes. Completes with `close`. */
  readonly status$: Observable<LoaderStatus>;
  /** How it stands. */
  readonly status: LoaderStatus;
  /**
   * Looks at the folder now and imports what counts, also what others have changed in the store. The report is that of an import which began
   * after this call. Rejects with `CLOSED`, and as `loadOnce`.
   */
  importNow(): Promise<LoadReport>;
  /** Lets the import that runs write the scopes which it has begun, for `closeTimeoutMs` at most, and ends. Idempotent. */
  close(): Promise<void>;
}

const PAUSES = { firstMs: 500, lastMs: 30_000, random: Math.random };

/**
 * Keeps the store as a folder says: imports it now, and whenever its files change. Imports never run beside each other; what changes while one
 * runs is imported by the next. Throws `INVALID_OPTION` and `NOT_REGISTERED`; what goes wrong later is in `status$`, and is tried again.
 */
export function startLoader(options: LoaderOptions): TenantryLoader {
  const checked = checkLoaderOptions(options);
  const loop = new LoaderLoop(checked);
  return {
    status$: loop.status$.asObservable(),
    get status() {
      return loop.status$.value;
    },
    importNow: () => loop.importNow(),
    close: () => loop.close(),
    [Symbol.asyncDispose]: () => loop.close(),
  };
}

class LoaderLoop {
  readonly status$: BehaviorSubject<LoaderStatus>;
  readonly #options: CheckedLoaderOptions;
  readonly #importer: ReturnType<typeof createImporter>;
  readonly #watch: FolderWatch;
  readonly #log: ReturnType<typeof logOf>;
  /** What counts; undefined before the first files have settled. */
  #scan: FolderScan | undefined;
  #isPending = false;
  /** True: what is stored is compared, too. */
  #isAll = false;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failedInARow = 0;
  /** When all that is stored is to be compared again, however often files change until then. */
  #compareAt = 0;
  #waiting: PromiseWithResolvers<LoadReport>[] = [];
  #told: ReadonlySet<string> = new Set();
  #closing: Promise<void> | undefined;

  constructor(options: CheckedLoaderOptions) {
    this.#options = options;
    this.#log = logOf(options.logger);
    this.#importer = createImporter(options);
    this.status$ = new BehaviorSubject<LoaderStatus>({
      ...{ name: options.name, state: 'starting', imports: 0, failures: 0 },
      ...{ report: undefined, importedAt: undefined, error: undefined },
    });
    this.#watch = new FolderWatch(options.dir, options, scan => {
      this.#scan = scan;
      this.#request();
    });
  }

  async importNow(): Promise<LoadReport> {
    if (this.#closing) throw closedError();
    await this.#watch.look();
    if (this.#closing) throw closedError();
    const waiting = Promise.withResolvers<LoadReport>();
    this.#waiting.push(waiting);
    this.#request(true);
    return waiting.promise;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    const ended = Promise.all([this.#watch.close(), this.#running]).then(() => undefined);
    await withinTime(this.#options.closeTimeoutMs, 'Closing the loader', ended).catch(error => {
      logError(this.#log, 'warn', error);
      this.#options.onError(error);
    });
    clearTimeout(this.#timer);
    for (const { reject } of this.#waiting.splice(0)) reject(closedError());
    this.#tell({ state: 'closed' });
    this.status$.complete();
  }

  #request(all = false): void {
    if (this.#closing) return;
    this.#isPending = true;
    this.#isAll ||= all;
    if (this.#scan) this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    clearTimeout(this.#timer);
    let isDone = true;
    while (this.#isPending && !this.#closing) isDone = await this.#import();
    this.#running = undefined;
    if (this.#closing) return;
    this.#failedInARow = isDone ? 0 : this.#failedInARow + 1;
    const pauseMs = isDone ? Math.max(0, this.#compareAt - performance.now()) : pauseAfter(this.#failedInARow, PAUSES);
    this.#timer = setTimeout(() => this.#request(isDone), pauseMs);
  }

  /** False: it is to be tried again. */
  async #import(): Promise<boolean> {
    // All that is asked from here on is for the next one: it may come too late for this one.
    const waiting = this.#waiting.splice(0);
    const all = this.#isAll || performance.now() >= this.#compareAt;
    [this.#isPending, this.#isAll] = [false, false];
    this.#tell({ state: 'importing' });
    const { imports, failures } = this.status$.value;
    try {
      const isClosed = () => this.#closing !== undefined;
      const imported = await this.#importer.import(this.#scan as FolderScan, { all, isClosed });
      const { isRetryable, ...report } = imported;
      if (all) this.#compareAt = performance.now() + this.#options.compareMs;
      const state = isRetryable ? 'failing' : 'idle';
      this.#tell({ state, report, importedAt: new Date(), imports: imports + 1, error: undefined });
      this.#logReport(report);
      for (const { resolve } of waiting) resolve(report);
      return !isRetryable;
    } catch (thrown) {
      const error = withoutValues(thrown, 'Importing the files');
      this.#tell({ state: 'failing', error, imports: imports + 1, failures: failures + 1 });
      logError(this.#log, 'warn', error);
      this.#options.onError(error);
      // What was asked for is asked for still.
      this.#isAll ||= all;
      for (const { reject } of waiting) reject(error);
      return false;
    }
  }

  #tell(status: Partial<LoaderStatus>): void {
    // An import that ends after all is over.
    if (this.status$.value.state === 'closed') return;
    this.status$.next({ ...this.status$.value, ...status });
  }

  #logReport({ problems, warnings, items, counts, prune }: LoadReport): void {
    const written = counts.create + counts.update + counts.overwrite + counts.prune;
    const { name } = this.#options;
    if (written > 0) this.#log?.('info', `files ${name}: ${written} configs written`, { ...counts });
    const refused = items.filter(({ action }) => action === 'refused');
    const lines = new Set([
      ...[...problems, ...warnings].map(problemLine),
      ...refused.map(({ path, message }) => `${path}: ${message}`),
      ...(prune.refusal === undefined || prune.refusal === 'not asked for'
        ? []
        : [`${prune.orphans} configs that no file says any more are left as they are: ${prune.refusal}`]),
    ]);
    // Each once, until it is mended.
    for (const line of lines) if (!this.#told.has(line)) this.#log?.('warn', `files ${name}: ${line}`);
    this.#told = lines;
  }
}

function closedError(): TenantryError {
  return new TenantryError('CLOSED', 'The loader is closed.');
}
