/** The configs that some grants name for one verb and one scope: until when each name and each beginning of names is covered, in ms since 1970. */
export interface ConfigPatterns {
  /** The latest of all. */
  until: number;
  readonly names: Map<string, number>;
  /** Without the `*`; '' covers everything. */
  readonly starts: Map<string, number>;
  /** The lengths of `starts`, each once: so many are looked up, however many grants there are. */
  readonly lengths: Set<number>;
}

/** None yet. */
export function noPatterns(): ConfigPatterns {
  return { until: 0, names: new Map(), starts: new Map(), lengths: new Set() };
}

/** Adds a pattern: a name, the beginning of names and `*`, or `*`. */
export function addPattern(patterns: ConfigPatterns, pattern: string, until: number): void {
  patterns.until = Math.max(patterns.until, until);
  const isStart = pattern.endsWith('*');
  const text = isStart ? pattern.slice(0, -1) : pattern;
  const known = isStart ? patterns.starts : patterns.names;
  known.set(text, Math.max(known.get(text) ?? 0, until));
  if (isStart) patterns.lengths.add(text.length);
}

/** Until when a config is covered; 0: it is not. `undefined`: any config at all. */
export function coveredUntil(patterns: ConfigPatterns, config: string | undefined): number {
  if (config === undefined) return patterns.until;
  return Math.max(patterns.names.get(config) ?? 0, startsUntil(patterns, config));
}

/** Until when all configs of a pattern are covered. */
export function patternCoveredUntil(patterns: ConfigPatterns, pattern: string): number {
  return pattern.endsWith('*') ? startsUntil(patterns, pattern.slice(0, -1)) : coveredUntil(patterns, pattern);
}

function startsUntil({ starts, lengths }: ConfigPatterns, text: string): number {
  let until = 0;
  for (const length of lengths)
    if (length <= text.length) until = Math.max(until, starts.get(text.slice(0, length)) ?? 0);
  return until;
}
