import {
  checkDocuments,
  type FileProblem,
  type FileWarning,
  type FolderScan,
  findWarnings,
  resolveSecrets,
} from '@tenantry/loader/folder';
import type { AnyConfig, Scope } from '@tenantry/protocol';
import { publish } from '../state/publish.ts';
import { marksOf } from './marks-of.ts';
import { type TakenScan, takeScan } from './take-scan.ts';

type TakeParts = Parameters<typeof takeScan>;

/** What looks at a folder need. */
export interface FolderLooksParts {
  readonly scan: () => Promise<FolderScan>;
  readonly configs: ReadonlyMap<string, AnyConfig>;
  readonly state: TakeParts[0];
  readonly replica: Parameters<typeof publish>[0];
  /** ms since 1970. */
  readonly now: () => number;
  readonly onTaken: (taken: TakenScan['taken'][number]) => void;
  /** Told of each problem once, until it is another one. */
  readonly onProblem: (problem: FileProblem) => void;
  /** Told of each field that no schema names, once, until it is gone. */
  readonly onWarning: (warning: FileWarning) => void;
}

/**
 * Takes what scans of a folder say. Of thousands of scopes those are looked at whose files are others than they were, and those with a problem:
 * what another scope brings may mend it.
 */
export class FolderLooks {
  readonly #parts: FolderLooksParts;
  /** What was taken of each scope. */
  readonly #marks = new Map<Scope, string>();
  /** The scopes that were taken as they are now, whether or not they had settled: a scan that has settled may be of before. */
  readonly #ahead = new Set<Scope>();
  #problems: readonly FileProblem[] = [];
  #warnings: readonly FileWarning[] = [];

  constructor(parts: FolderLooksParts) {
    this.#parts = parts;
  }

  get problems(): readonly FileProblem[] {
    return this.#problems;
  }

  /** Reads the files, and takes what they say of these scopes; default: of all. */
  async look(counts: (scope: Scope) => boolean = () => true): Promise<void> {
    for (const scope of await this.#take(await this.#parts.scan(), counts)) this.#ahead.add(scope);
  }

  /** A page has written files of this scope. */
  wrote(scope: Scope): void {
    this.#ahead.add(scope);
  }

  /** Takes a scan whose files have settled. */
  async settled(scan: FolderScan): Promise<void> {
    if (this.#ahead.size === 0 || !scan.isThere) {
      await this.#take(scan, () => true);
      return;
    }
    // Files may have been written since: of scopes that are others by now another scan will tell.
    const present = await this.#parts.scan();
    const [before, now] = [marksOf(scan), marksOf(present)];
    const isSame = (scope: Scope) => before.get(scope) === now.get(scope);
    await this.#take(present, isSame);
    for (const scope of this.#ahead) if (isSame(scope)) this.#ahead.delete(scope);
  }

  /** Answers the scopes that it has looked at. */
  async #take(scan: FolderScan, counts: (scope: Scope) => boolean): Promise<ReadonlySet<Scope>> {
    const { configs, state, replica, now, onTaken } = this.#parts;
    const marks = marksOf(scan);
    const troubled = new Set(this.#problems.flatMap(({ scope }) => scope ?? []));
    const scopes = new Set(
      // A scope whose folder is gone may have a problem, too: what it said is still needed below it.
      [...marks.keys(), ...this.#marks.keys(), ...troubled].filter(
        scope => counts(scope) && (troubled.has(scope) || marks.get(scope) !== this.#marks.get(scope)),
      ),
    );
    const isOpen = ({ scope }: { readonly scope?: Scope | undefined }) => scope === undefined || scopes.has(scope);
    const part = {
      ...scan,
      documents: scan.documents.filter(isOpen),
      problems: scan.problems.filter(isOpen),
      scopes: scan.scopes.filter(scope => scopes.has(scope)),
    };
    const checked = checkDocuments(part, configs.values());
    const { documents, problems } = await resolveSecrets(checked.documents);
    const whole = { ...checked, documents, problems: [...checked.problems, ...problems] };
    const found = takeScan(state, whole, configs, { now: now(), counts: scope => scopes.has(scope) });
    for (const taken of found.taken) onTaken(taken);
    for (const [tenant, changes] of Map.groupBy(found.taken, each => each.tenant)) publish(replica, tenant, changes);
    this.#tell([...found.problems, ...this.#problems.filter(problem => !isOpen(problem))]);
    this.#warn([...findWarnings(documents, configs.values()), ...this.#warnings.filter(warning => !isOpen(warning))]);
    if (!scan.isThere) return new Set();
    for (const scope of scopes) {
      const mark = marks.get(scope);
      if (mark === undefined) this.#marks.delete(scope);
      else this.#marks.set(scope, mark);
    }
    return scopes;
  }

  #tell(found: readonly FileProblem[]): void {
    const known = new Set(this.#problems.map(textOf));
    this.#problems = found;
    for (const problem of found) if (!known.has(textOf(problem))) this.#parts.onProblem(problem);
  }

  #warn(found: readonly FileWarning[]): void {
    const known = new Set(this.#warnings.map(fieldOf));
    this.#warnings = found;
    for (const warning of found) if (!known.has(fieldOf(warning))) this.#parts.onWarning(warning);
  }
}

function textOf({ path, line, column, message }: FileProblem): string {
  return `${path}:${line}:${column} ${message}`;
}

/** Wherever in its file it stands. */
function fieldOf({ path, message }: FileWarning): string {
  return `${path} ${message}`;
}
