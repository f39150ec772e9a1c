import { type OptionRules, whole } from '@tenantry/protocol/internal';

/** How much a folder may hold. */
export interface FolderLimits {
  /** The largest file, in bytes. Default 1,048,576 (1 MiB). */
  readonly maxFileBytes?: number | undefined;
  /** The most files. Default 100,000. */
  readonly maxFiles?: number | undefined;
  /** How deep lists and maps of a value may nest. Default 64, which is the most that the store takes. */
  readonly maxDepth?: number | undefined;
  /** How many parts of values the aliases of one YAML file may stand for. Default 10,000. */
  readonly maxAliased?: number | undefined;
}

const GIB = 2 ** 30;

/** The largest file, where nothing else is said. */
export const MAX_FILE_BYTES = 2 ** 20;

export const LIMIT_RULES = {
  maxFileBytes: whole(1, GIB, MAX_FILE_BYTES),
  maxFiles: whole(1, 10_000_000, 100_000),
  maxDepth: whole(1, 64, 64),
  maxAliased: whole(0, 10_000_000, 10_000),
} satisfies OptionRules<FolderLimits>;
