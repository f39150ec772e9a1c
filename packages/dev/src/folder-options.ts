import type { FileProblem, FileWarning } from '@tenantry/loader/folder';
import type { AnyConfig, Logger } from '@tenantry/protocol';
import { checkedBy, checkLogger, checkOptions, fn, isConfig, required, whole } from '@tenantry/protocol/internal';

/** Options of `openFolder`. */
export interface FolderOptions {
  /** The folder of configuration files, as `@tenantry/loader` reads it. It need not be there yet. */
  readonly dir: string;
  /** The configs that its files may say something of: made by `defineConfig`. */
  readonly configs: readonly AnyConfig[];
  /** How long, in ms, the files of a scope must have been as they are before they count. Default 100. */
  readonly settleMs?: number | undefined;
  /** How often, in ms, the folder is looked through where the system sends no events. Default 2,000. */
  readonly scanMs?: number | undefined;
  /** Told of each file that is wrong, once, and again when it is wrong in another way. Its last good value stays. Never with a value. Default: nobody. */
  readonly onTrouble?: ((problem: FileProblem) => void) | undefined;
  /** Told of each field that the schema of its config does not name, once: it may be misspelt. The value counts. Never with a value. Default: nobody. */
  readonly onWarning?: ((warning: FileWarning) => void) | undefined;
  /** Gets both as lines: pino, `console`, or anything with `warn` and `error`. Default: nobody. */
  readonly logger?: Logger | undefined;
}

const isPath = (value: unknown) => typeof value === 'string' && value !== '' && !value.includes('\0');
const areConfigs = (value: unknown) =>
  Array.isArray(value) && value.every(each => typeof each === 'object' && each !== null && isConfig(each));

/** Throws `INVALID_OPTION`, which shows what arrived. */
export function checkFolderOptions(options: FolderOptions) {
  return checkOptions<FolderOptions, ReturnType<typeof rules>>('openFolder', options, rules());
}

function rules() {
  return {
    dir: required('the path of a folder', isPath),
    configs: required('a list of configs, made by `defineConfig`', areConfigs),
    settleMs: whole(0, 3_600_000, 100),
    scanMs: whole(10, 3_600_000, 2_000),
    onTrouble: fn<(problem: FileProblem) => void>(() => undefined),
    onWarning: fn<(warning: FileWarning) => void>(() => undefined),
    logger: checkedBy(checkLogger),
  };
}
