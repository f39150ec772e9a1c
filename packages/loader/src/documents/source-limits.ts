/** What one file may hold. */
export interface SourceLimits {
  /** How deep lists and maps may nest. */
  readonly maxDepth: number;
  /** How many parts of values the aliases of a YAML file may stand for. */
  readonly maxAliased: number;
}
