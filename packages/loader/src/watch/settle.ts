import type { Scope } from '@tenantry/protocol';
import type { FileProblem } from '../folder/file-problem.ts';
import type { FolderDocument } from '../folder/folder-document.ts';
import { type FolderScan, wasSeen } from '../folder/folder-scan.ts';

/** How long a scope must have been quiet before what its files say counts, and after which time it counts in any case. */
export interface SettleTimes {
  readonly settleMs: number;
  readonly settleMaxMs: number;
}

/** What the files of one scope say; under an empty name: problems of the folder that are of no scope. */
interface Part {
  readonly documents: readonly FolderDocument[];
  readonly problems: readonly FileProblem[];
  /** Undefined: the scope has no folder. */
  readonly scope: Scope | undefined;
}

/** A part that is not yet what counts. */
interface Candidate {
  readonly part: Part | undefined;
  /** When the part first was another than the one that counts. */
  readonly since: number;
  /** When it was last seen to change. */
  readonly changedAt: number;
}

/**
 * Lets what a scope says count once its files were quiet for a time: an editor that writes a file in two steps, and several files that are
 * saved together, are one change. A scope that never is quiet counts as it is after the longest time.
 */
export class Settle {
  readonly #times: SettleTimes;
  #counting = new Map<string, Part>();
  readonly #candidates = new Map<string, Candidate>();
  #latest: FolderScan | undefined;
  #isFirst = true;
  /** Since when no scan has seen the folder, because it never held still; undefined: the last one did. */
  #movingSince: number | undefined;

  constructor(times: SettleTimes) {
    this.#times = times;
  }

  /**
   * Takes a scan. Returns the scan that counts from now on, where that is another one; of scopes that are not quiet it has what counted
   * before. Of the first scan everything is new, and none of it counts before it was quiet. A folder that does not hold still is told after the longest
   * time, as one that is gone.
   */
  take(scan: FolderScan, now: number): FolderScan | undefined {
    if (!wasSeen(scan)) return this.#moving(scan, now);
    this.#movingSince = undefined;
    if (!scan.isThere) return this.#gone(scan);
    const returned = this.#latest !== undefined && !this.#latest.isThere;
    const parts = partsOf(scan);
    let changed = returned || this.#isFirst;
    this.#latest = scan;
    for (const name of new Set([...parts.keys(), ...this.#counting.keys(), ...this.#candidates.keys()]))
      if (this.#takePart(name, parts.get(name), now)) changed = true;
    if (this.#isFirst && this.#candidates.size > 0) return undefined;
    if (!changed) return undefined;
    this.#isFirst = false;
    return this.#scanOf(scan);
  }

  /** When the next scan may make something count; undefined: when something changes. */
  get dueAt(): number | undefined {
    const { settleMs, settleMaxMs } = this.#times;
    if (this.#movingSince !== undefined)
      return this.#latest?.isThere === false ? undefined : this.#movingSince + settleMaxMs;
    const due = [...this.#candidates.values()].map(({ since, changedAt }) =>
      Math.min(changedAt + settleMs, since + settleMaxMs),
    );
    return due.length === 0 ? undefined : Math.min(...due);
  }

  /** True if the part counts from now on. */
  #takePart(name: string, part: Part | undefined, now: number): boolean {
    if (isSame(part, this.#counting.get(name))) {
      this.#candidates.delete(name);
      return false;
    }
    const before = this.#candidates.get(name);
    const isAsBefore = before !== undefined && isSame(before.part, part);
    const { settleMs, settleMaxMs } = this.#times;
    const since = before?.since ?? now;
    const changedAt = isAsBefore ? before.changedAt : now;
    if (now - changedAt < settleMs && now - since < settleMaxMs) {
      this.#candidates.set(name, { part, since, changedAt });
      return false;
    }
    this.#candidates.delete(name);
    if (part) this.#counting.set(name, part);
    else this.#counting.delete(name);
    return true;
  }

  #moving(scan: FolderScan, now: number): FolderScan | undefined {
    this.#movingSince ??= now;
    return now - this.#movingSince >= this.#times.settleMaxMs ? this.#gone(scan) : undefined;
  }

  /** A folder that is gone says nothing, and says so at once; what counted before counts again once it is back, and all else must be quiet anew. */
  #gone(scan: FolderScan): FolderScan | undefined {
    const before = this.#latest;
    this.#candidates.clear();
    this.#latest = scan;
    this.#isFirst = false;
    const isKnown = before !== undefined && !before.isThere && before.problems[0]?.code === scan.problems[0]?.code;
    return isKnown ? undefined : scan;
  }

  #scanOf(scan: FolderScan): FolderScan {
    const parts = [...this.#counting.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, part]) => part);
    return {
      ...scan,
      documents: parts.flatMap(({ documents }) => documents),
      problems: parts.flatMap(({ problems }) => problems),
      scopes: parts.flatMap(({ scope }) => scope ?? []),
    };
  }
}

function partsOf(scan: FolderScan): Map<string, Part> {
  const documents = Map.groupBy(scan.documents, ({ scope }) => scope as string);
  const problems = Map.groupBy(scan.problems, ({ scope = '' }) => scope as string);
  const names = new Set<string>([...scan.scopes, ...documents.keys(), ...problems.keys()]);
  const found = new Set<string>(scan.scopes);
  return new Map(
    [...names].map(name => {
      const scope = found.has(name) ? (name as Scope) : undefined;
      return [name, { documents: documents.get(name) ?? [], problems: problems.get(name) ?? [], scope }];
    }),
  );
}

/** Whether two parts are of the same files. */
function isSame(a: Part | undefined, b: Part | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.scope === b.scope &&
    areSame(a.documents, b.documents, ['path', 'config', 'sha256']) &&
    areSame(a.problems, b.problems, ['path', 'code', 'line', 'column', 'message'])
  );
}

function areSame<T>(a: readonly T[], b: readonly T[], names: readonly (keyof T)[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i] || names.every(name => one[name] === b[i]?.[name]));
}
