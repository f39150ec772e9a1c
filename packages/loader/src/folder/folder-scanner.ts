import { atMost } from '@tenantry/protocol/internal';
import { notParsed } from '../documents/source-fault.ts';
import type { FileProblem } from './file-problem.ts';
import type { FolderDocument } from './folder-document.ts';
import type { FolderLimits } from './folder-limits.ts';
import type { FolderScan } from './folder-scan.ts';
import { isGone, Moved } from './list-entries.ts';
import { type ReadFile, readDocuments } from './read-documents.ts';
import { readFile, signatureOf } from './read-file.ts';
import {
  type FolderWalk,
  type FoundFile,
  type Listings,
  type ScopeFiles,
  type SeenFolder,
  walkFolder,
} from './walk-folder.ts';
import { withoutDuplicates } from './without-duplicates.ts';

/** A file that was read. */
interface KnownFile extends ReadFile {
  readonly signature: string;
  readonly sha256: string | undefined;
  /** False: it was so young when it was read that a change since may have left its signature as it is. */
  readonly isSure: boolean;
}

/** What the files of one scope say. */
interface ScopePart {
  readonly documents: readonly FolderDocument[];
  readonly problems: readonly FileProblem[];
}

const READS_AT_ONCE = 16;
const TRIES = 10;
/** The coarsest times of files that are common: two seconds. */
const COARSEST_MS = 2_000;

/** Scans one folder again and again, and reads only files whose signature changed. */
export class FolderScanner {
  readonly #dir: string;
  readonly #limits: Required<{ [P in keyof FolderLimits]: number }>;
  /** By path. Between two looks at all folders it has files that are gone, too. */
  #known = new Map<string, KnownFile>();
  /** What each scope said at the last scan. */
  #parts: ReadonlyMap<ScopeFiles, ScopePart> = new Map();
  #listings: Listings = new Map();
  /** The folders that the last scan looked into. */
  folders: readonly SeenFolder[] = [];

  constructor(dir: string, limits: Required<{ [P in keyof FolderLimits]: number }>) {
    this.#dir = dir;
    this.#limits = limits;
  }

  /**
   * Scans the folder. `hashAll`: reads every file, as if each had changed. `only`: looks into these folders alone, by where they really lie, and takes
   * the others to be as the last scan found them. Never rejects for what is wrong with the folder.
   */
  async scan(options: { readonly hashAll?: boolean; readonly only?: ReadonlySet<string> } = {}): Promise<FolderScan> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#scanOnce(options.hashAll ?? false, tries === 1 ? options.only : undefined);
      } catch (error) {
        if (error instanceof Moved && tries < TRIES) continue;
        const problem = rootProblem(error);
        if (!problem) throw error;
        return {
          dir: this.#dir,
          isThere: false,
          documents: [],
          scopes: [],
          ignored: [],
          files: 0,
          problems: [problem],
        };
      }
    }
  }

  async #scanOnce(hashAll: boolean, only: ReadonlySet<string> | undefined): Promise<FolderScan> {
    const known = only && new Map([...this.#listings].filter(([, { real }]) => !only.has(real)));
    const walk = await walkFolder(this.#dir, this.#limits.maxFiles, known);
    // A list that is the same was not looked at now.
    const fresh = walk.parts.filter(files => hashAll || !this.#parts.has(files));
    const files = fresh.flatMap(each => each.files);
    const read = await atMost(
      READS_AT_ONCE,
      files,
      file => (hashAll ? undefined : this.#unchanged(file)) ?? this.#read(file),
    );
    await walk.checkLinks();
    // Only now: of a scan that is tried again, nothing is kept.
    if (only === undefined) this.#known = new Map();
    for (const [i, { path }] of files.entries()) this.#known.set(path, read[i] as KnownFile);
    const readOf = (each: ScopeFiles) => each.files.map(({ path }) => this.#known.get(path) as KnownFile);
    const readAnew = new Map(fresh.map(each => [each, toPart(readOf(each), each.problems)]));
    const partOf = (each: ScopeFiles) => readAnew.get(each) ?? (this.#parts.get(each) as ScopePart);
    this.#parts = new Map(walk.parts.map(each => [each, partOf(each)]));
    this.#listings = walk.listings;
    this.folders = walk.folders;
    return toScan(this.#dir, walk, this.#parts);
  }

  #unchanged(file: FoundFile): KnownFile | undefined {
    const known = this.#known.get(file.path);
    return known?.isSure && known.signature === signatureOf(file.real, file.stats) ? known : undefined;
  }

  async #read(file: FoundFile): Promise<KnownFile> {
    const known = this.#known.get(file.path);
    const content = file.stats.isFile()
      ? await readFile(file, this.#limits.maxFileBytes)
      : ({ code: 'NOT_A_FILE', message: 'it is no regular file' } as const);
    if ('code' in content) {
      const problem: FileProblem = { ...placeOf(file), ...content };
      return { signature: '', sha256: undefined, isSure: false, documents: [], problems: [problem] };
    }
    const { bytes, sha256, stats } = content;
    const isSure = Date.now() - Number(stats.ctimeMs) > COARSEST_MS;
    const signature = signatureOf(file.real, stats);
    if (known?.sha256 === sha256) return { ...known, signature, isSure };
    return { signature, sha256, isSure, ...this.#parse(file, bytes, sha256) };
  }

  #parse(file: FoundFile, bytes: Buffer, sha256: string): ReadFile {
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      const { code, message } = notParsed('the file is not UTF-8', 0);
      return { documents: [], problems: [{ ...placeOf(file), code, message }] };
    }
    const { documents, problems } = readDocuments({ ...file, text, sha256 }, this.#limits);
    return { documents, problems: problems.map(problem => ({ ...problem, ...placeOf(file) })) };
  }
}

function placeOf({ path, scope, config }: FoundFile): Pick<FileProblem, 'path' | 'scope' | 'config'> {
  return { path, scope, config };
}

/** Two files of one scope may speak of one config, be it by a name with a problem; files of two scopes never do. */
function toPart(files: readonly ReadFile[], problemsOfNames: readonly FileProblem[]): ScopePart {
  const problems = files.flatMap(file => file.problems);
  const found = files.flatMap(file => file.documents);
  const documents = withoutDuplicates(found, problems, problemsOfNames);
  return { documents: inOrder(documents), problems };
}

function toScan(dir: string, walk: FolderWalk, parts: ReadonlyMap<ScopeFiles, ScopePart>): FolderScan {
  // Of thousands of files the order of their folders alone is looked at: those of one lie together.
  const ordered = [...parts]
    .sort(
      (
        [
          {
            files: [a],
          },
        ],
        [
          {
            files: [b],
          },
        ],
      ) => ((a?.path ?? '') < (b?.path ?? '') ? -1 : 1),
    )
    .map(([, part]) => part);
  const problems = [...walk.problems, ...ordered.flatMap(part => part.problems)];
  const { scopes, ignored, files } = walk;
  return {
    dir,
    // Whoever may not look into it knows nothing of it.
    isThere: !problems.some(({ path, code }) => path === '' && code === 'UNREADABLE'),
    documents: ordered.flatMap(part => part.documents),
    problems: inOrder(problems),
    ...{ scopes, ignored, files },
  };
}

/** By path; what is so already is not sorted. */
function inOrder<T extends FileProblem | FolderDocument>(items: T[]): T[] {
  return items.every((item, i) => i === 0 || byPath(items[i - 1] as T, item) <= 0) ? items : items.sort(byPath);
}

function byPath(a: FileProblem | FolderDocument, b: FileProblem | FolderDocument): number {
  if (a.path !== b.path) return a.path < b.path ? -1 : 1;
  return 0;
}

function rootProblem(error: unknown): FileProblem | undefined {
  if (error instanceof Moved)
    return { path: error.path, code: 'CHANGING', message: 'it changed again and again while it was scanned' };
  if (isGone(error)) return { path: '', code: 'UNREADABLE', message: 'the folder is not there, or is none' };
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined
    ? undefined
    : { path: '', code: 'UNREADABLE', message: `the folder cannot be read (${code})` };
}
