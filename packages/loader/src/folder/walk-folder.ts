import type { BigIntStats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scope } from '@tenantry/protocol';
import { atMost } from '@tenantry/protocol/internal';
import type { FileProblem } from './file-problem.ts';
import { fileNameOf, KINDS, scopeOfFolder } from './layout.ts';
import { type Entry, type FollowedLink, isGone, listEntries, Moved } from './list-entries.ts';
import type { ConfigFile } from './read-documents.ts';

/** A file of the layout, before it is read. */
export interface FoundFile extends Entry, Omit<ConfigFile, 'text' | 'sha256'> {}

/** What a folder held. */
interface Listing {
  /** Where the folder really lies. */
  readonly real: string;
  /** Which folder it was: another one may have taken its place, with the folder that it lies in. */
  readonly id: string;
  readonly entries: readonly Entry[];
  readonly problems: readonly FileProblem[];
  /** True: it says where links lead, and that may change without a change of this folder. */
  readonly hasLinks: boolean;
  /** What that means, where it is the folder of a scope. */
  meaning?: ScopeFiles;
}

/** What the folders held by the last walk, by their paths: two of them may be one folder, by a link. */
export type Listings = ReadonlyMap<string, Listing>;

/** What is in the folder of a scope: the same object as at an earlier walk where the folder was not looked into since. */
export interface ScopeFiles {
  readonly scope: Scope;
  /** By name. */
  readonly files: readonly FoundFile[];
  readonly ignored: readonly string[];
  readonly problems: readonly FileProblem[];
}

/** What there is in a folder, before any file is read. */
export interface FolderWalk {
  readonly parts: readonly ScopeFiles[];
  /** How many files there are. */
  readonly files: number;
  /** The scopes that have a folder. */
  readonly scopes: readonly Scope[];
  readonly problems: readonly FileProblem[];
  /** Files that are none of the layout: notes, and what editors leave for a moment. */
  readonly ignored: readonly string[];
  readonly folders: readonly SeenFolder[];
  readonly listings: Listings;
  /**
   * `Moved` where a link leads elsewhere by now. What it led to may be half removed by then, without a trace in what was found there: this is
   * asked once all files are read.
   */
  checkLinks(): Promise<void>;
}

/** A folder that was looked into. */
export interface SeenFolder {
  /** Where it really lies. */
  readonly real: string;
  /** Another one for another folder in the same place. */
  readonly id: string;
}

const FOLDERS_AT_ONCE = 8;

/** Looks through the layout; folders in `known` are taken as they are there. `Moved` where it changed meanwhile. */
export async function walkFolder(dir: string, maxFiles: number, known: Listings = new Map()): Promise<FolderWalk> {
  const real = await realpath(dir);
  const walk = new Walk(dir, real, known);
  await walk.root(await stat(real, { bigint: true }));
  if (walk.files <= maxFiles) return walk;
  const { files, scopes, problems, ignored, folders, listings } = walk;
  const message = `there are ${files} files, and ${maxFiles} are the limit (\`maxFiles\`): none is read`;
  return {
    files: 0,
    parts: [],
    scopes,
    ignored,
    folders,
    listings,
    problems: [{ path: '', code: 'TOO_MANY', message }, ...problems],
    checkLinks: () => walk.checkLinks(),
  };
}

class Walk implements FolderWalk {
  readonly parts: ScopeFiles[] = [];
  files = 0;
  readonly scopes: Scope[] = [];
  readonly problems: FileProblem[] = [];
  readonly ignored: string[] = [];
  readonly folders: SeenFolder[] = [];
  readonly listings = new Map<string, Listing>();
  readonly #root: string;
  readonly #known: Listings;
  readonly #links: FollowedLink[];

  constructor(dir: string, root: string, known: Listings) {
    this.#root = root;
    this.#links = [{ at: dir, real: root }];
    this.#known = known;
  }

  async root(stats: BigIntStats): Promise<void> {
    if (!stats.isDirectory()) throw Object.assign(new Error('It is no folder.'), { code: 'ENOTDIR' });
    for (const entry of await this.#entries({ path: '', real: this.#root, stats })) {
      const isScopes = entry.name === 'global' || (KINDS as readonly string[]).includes(entry.name);
      if (!entry.stats.isDirectory() && isScopes)
        this.#outOfPlace(entry, 'a folder is expected here, and this is none: a link that was written as a file?');
      else if (!entry.stats.isDirectory()) this.#stray(entry);
      else if (entry.name === 'global') await this.#scope('global', entry);
      else if (isScopes) await this.#kind(entry);
      // The file system has it there.
      else if (entry.name !== 'lost+found')
        this.#outOfPlace(entry, 'a folder of no scope: `global`, `groups` and `tenants` are known here');
    }
  }

  async checkLinks(): Promise<void> {
    await atMost(FOLDERS_AT_ONCE, this.#links, async ({ at, real }) => {
      const now = await realpath(at).catch(error => {
        throw isGone(error) ? new Moved('') : error;
      });
      if (now !== real) throw new Moved('');
    });
  }

  async #kind(folder: Entry): Promise<void> {
    const entries = await this.#entries(folder);
    await atMost(FOLDERS_AT_ONCE, entries, async entry => {
      if (!entry.stats.isDirectory()) return this.#stray(entry);
      const found = scopeOfFolder(folder.name as (typeof KINDS)[number], entry.name);
      if ('why' in found)
        this.problems.push({ path: entry.path, scope: found.meant, code: 'BAD_NAME', message: found.why });
      else await this.#scope(found.scope, entry);
    });
  }

  async #scope(scope: Scope, folder: Entry): Promise<void> {
    this.scopes.push(scope);
    const listing = await this.#listing(folder);
    // Of a folder that is not looked into, thousands of names need not be read again.
    listing.meaning ??= meaningOf(scope, listing);
    const { files, ignored, problems } = listing.meaning;
    this.files += files.length;
    if (files.length > 0) this.parts.push(listing.meaning);
    this.ignored.push(...ignored);
    this.problems.push(...problems);
  }

  async #entries(folder: Pick<Entry, 'path' | 'real' | 'stats'>): Promise<readonly Entry[]> {
    const { entries, problems } = await this.#listing(folder);
    this.problems.push(...problems);
    return entries;
  }

  async #listing(folder: Pick<Entry, 'path' | 'real' | 'stats'>): Promise<Listing> {
    const id = `${folder.stats.dev}.${folder.stats.ino}`;
    this.folders.push({ real: folder.real, id });
    const known = this.#known.get(folder.path);
    // A link that leads elsewhere by now has another folder in its place, and so has one that was renamed over it with all around it.
    const isStill = known?.real === folder.real && known.id === id && !known.hasLinks;
    const listing = isStill ? known : { id, ...(await this.#list(folder)) };
    this.listings.set(folder.path, listing);
    return listing;
  }

  async #list(folder: Pick<Entry, 'path' | 'real'>): Promise<Omit<Listing, 'id'>> {
    const problems: FileProblem[] = [];
    try {
      const entries = await listEntries(this.#root, folder, problems, this.#links);
      const hasLinks =
        problems.some(({ code }) => code !== 'TWINS') ||
        entries.some(({ name, real }) => real !== join(folder.real, name));
      return { real: folder.real, entries, problems, hasLinks };
    } catch (error) {
      if (error instanceof Moved || isGone(error)) throw new Moved(folder.path);
      const { code = 'unknown' } = error as NodeJS.ErrnoException;
      const problem = { code: 'UNREADABLE' as const, message: `the folder cannot be read (${code})` };
      const unread = { path: folder.path, ...problem };
      return { real: folder.real, entries: [], problems: [...problems, unread], hasLinks: true };
    }
  }

  /** A file where only folders are expected. */
  #stray(entry: Entry): void {
    if (fileNameOf(entry.name).kind === 'other') this.ignored.push(entry.path);
    else
      this.#outOfPlace(
        entry,
        'a file in the folder of no scope: it belongs into `global` or the folder of a group or tenant',
      );
  }

  #outOfPlace({ path }: Entry, message: string): void {
    this.problems.push({ path, code: 'NO_SCOPE', message });
  }
}

function meaningOf(scope: Scope, { entries, problems }: Listing): ScopeFiles {
  const files: FoundFile[] = [];
  const ignored: string[] = [];
  const wrong = problems.map(problem => placed(problem, scope));
  for (const entry of entries) {
    const { path } = entry;
    if (entry.stats.isDirectory()) {
      const message = 'a folder within a scope: a `/` in the name of a scope or config is written `%2F`';
      wrong.push({ path, scope, code: 'NO_SCOPE', message });
      continue;
    }
    const name = fileNameOf(entry.name);
    if (name.kind === 'other') ignored.push(path);
    else if (name.kind === 'misspelt')
      wrong.push({ path, scope, config: name.config, code: 'BAD_NAME', message: name.why });
    else files.push({ ...entry, scope, config: name.config, format: name.format });
  }
  return { scope, files, ignored, problems: wrong };
}

/** A file in a scope's folder is about a config; of one that is no folder's, its name says whether it is. */
function placed(problem: FileProblem, scope: Scope): FileProblem {
  const name = fileNameOf(problem.path.slice(problem.path.lastIndexOf('/') + 1));
  return { ...problem, scope, config: name.kind === 'other' ? undefined : name.config };
}
