import type { AnyOrm } from '@tenantry/mikro-orm';
import type { Logger, TenantryError } from '@tenantry/protocol';
import {
  type CheckedOptions,
  checkedBy,
  checkLogger,
  checkOptions,
  flag,
  fn,
  LONGEST_TIMER_MS,
  type OptionRules,
  oneOf,
  optional,
  required,
  whole,
} from '@tenantry/protocol/internal';
import type { MaxPrune } from './plan/find-orphans.ts';
import type { LoadPolicy } from './plan/plan-scope.ts';
import type { SecretOptions } from './secrets/resolve-secrets.ts';
import { WATCH_RULES, type WatchOptions } from './watch/watch-options.ts';

/** Options of an import. */
export interface ImportFolderOptions {
  /** An ORM with the `tenantry` extension and its `configs`; never closed here. */
  readonly orm: AnyOrm;
  /** The folder. */
  readonly dir: string;
  /**
   * The name of this loader among those that write into the same database: what one has set, no other takes away. 1 to 40 letters, digits,
   * `. _ -`. Default `files`.
   */
  readonly name?: string | undefined;
  /**
   * What a file does to a value that is not as it says. `seed`: nothing; only what never was set is set. `report`: it replaces what this loader has set, and
   * reports what others have set. `overwrite`: it replaces both. Default `report`.
   */
  readonly policy?: LoadPolicy | undefined;
  /** True: what this loader has set and no file says any more is taken away. Default false. */
  readonly prune?: boolean | undefined;
  /** The most that one import may take away: a number, or a part of what the loader has set, of which one is allowed in any case. Default `10%`. */
  readonly maxPrune?: MaxPrune | undefined;
  /** Which secrets the files may refer to. Default: every environment variable and file of this process. */
  readonly secrets?: SecretOptions | undefined;
  /** How many transactions run at once, each of one tenant. Default 4. */
  readonly transactions?: number | undefined;
  /** The author in the history and in the audit log. Default `loader:<name>`. */
  readonly actor?: string | undefined;
}

/** Options of `loadOnce`. */
export interface LoadOnceOptions
  extends ImportFolderOptions,
    Pick<WatchOptions, 'settleMs' | 'maxFileBytes' | 'maxFiles' | 'maxDepth' | 'maxAliased'> {
  /** True: nothing is written, and the report says what would be. Default false. */
  readonly dryRun?: boolean | undefined;
  /** Aborted: what is begun is written, and the rest is refused with `CLOSED`. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `startLoader`. */
export interface LoaderOptions extends ImportFolderOptions, WatchOptions {
  /** How often, in ms, everything that is stored is compared with the files, whether or not they changed. Default 60,000 (1 minute). */
  readonly compareMs?: number | undefined;
  /** How long, in ms, `close` waits for the import that runs. Default 10,000. */
  readonly closeTimeoutMs?: number | undefined;
  /** Told about what went wrong. Never with values. */
  readonly onError?: ((error: TenantryError) => void) | undefined;
  /** Gets imports, problems and troubles as lines. Default: nobody. */
  readonly logger?: Logger | undefined;
}

const IMPORT_RULES = {
  orm: required('an ORM that was started with `tenantry`', orm => typeof (orm as AnyOrm | undefined)?.em === 'object'),
  dir: required('the path of a folder', dir => typeof dir === 'string' && dir !== ''),
  name: optional('1 to 40 letters, digits, `. _ -`', name => /^[A-Za-z0-9._-]{1,40}$/.test(String(name)), 'files'),
  policy: oneOf(['seed', 'report', 'overwrite'], 'seed, report or overwrite', 'report'),
  prune: flag(false),
  maxPrune: optional<MaxPrune>('a whole number, or a part such as "10%"', isMaxPrune, '10%'),
  secrets: optional('`{ env, files }`, each a list of texts', isSecretOptions),
  transactions: whole(1, 100, 4),
  actor: optional('a text of at most 255 characters', actor => typeof actor === 'string' && actor.length <= 255),
} satisfies OptionRules<ImportFolderOptions>;

const { settleMs, maxFileBytes, maxFiles, maxDepth, maxAliased } = WATCH_RULES;
const ONCE_RULES = {
  ...IMPORT_RULES,
  ...{ settleMs, maxFileBytes, maxFiles, maxDepth, maxAliased },
  dryRun: flag(false),
  signal: optional('an AbortSignal', signal => signal instanceof AbortSignal),
} satisfies OptionRules<LoadOnceOptions>;

const LOADER_RULES = {
  ...IMPORT_RULES,
  ...WATCH_RULES,
  compareMs: whole(10, LONGEST_TIMER_MS, 60_000),
  closeTimeoutMs: whole(1, LONGEST_TIMER_MS, 10_000),
  onError: fn((_: TenantryError): void => undefined),
  logger: checkedBy(checkLogger),
} satisfies OptionRules<LoaderOptions>;

/** The options of `loadOnce`, checked, with their defaults. */
export type CheckedLoadOnceOptions = CheckedOptions<LoadOnceOptions, typeof ONCE_RULES>;

/** The options of `startLoader`, checked, with their defaults. */
export type CheckedLoaderOptions = CheckedOptions<LoaderOptions, typeof LOADER_RULES>;

export function checkLoadOnceOptions(options: LoadOnceOptions): CheckedLoadOnceOptions {
  return checkOptions('loadOnce', options, ONCE_RULES);
}

export function checkLoaderOptions(options: LoaderOptions): CheckedLoaderOptions {
  return checkOptions('startLoader', options, LOADER_RULES);
}

function isMaxPrune(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0;
  return typeof value === 'string' && /^(100|\d{1,2})%$/.test(value);
}

function isSecretOptions(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).every(
    ([name, list]) =>
      (name === 'env' || name === 'files') &&
      (list === undefined || (Array.isArray(list) && list.every(each => typeof each === 'string'))),
  );
}
