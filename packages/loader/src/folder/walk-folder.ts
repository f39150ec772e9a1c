import type { BigIntStats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import type { Scope } from '@tenantry/protocol';
import { atMost } from './at-most.ts';
import type { FileProblem } from './file-problem.ts';
import { fileNameOf, KINDS, scopeOfFolder } from './layout.ts';
import { type Entry, isGone, listEntries, Moved } from './list-entries.ts';
import type { ConfigFile } from './read-documents.ts';

/** A file of the layout, before it is read. */
export interface FoundFile extends Entry, Omit<ConfigFile, 'text' | 'sha256'> {}

/** What there is in a folder, before any file is read. */
export interface FolderWalk {
  readonly files: readonly FoundFile[];
  /** The scopes that have a folder. */
  readonly scopes: readonly Scope[];
  readonly problems: readonly FileProblem[];
  /** Files that are none of the layout: notes, and what editors leave for a moment. */
  readonly ignored: readonly string[];
  readonly folders: readonly SeenFolder[];
}

/** A folder that was looked into. */
export interface SeenFolder {
  /** Where it really lies. */
  readonly real: string;
  /** Another one for another folder in the same place. */
  readonly id: string;
}

const FOLDERS_AT_ONCE = 8;

/** Looks through the layout. `Moved` where it changed meanwhile. */
export async function walkFolder(dir: string, maxFiles: number): Promise<FolderWalk> {
  const real = await realpath(dir);
  const walk = new Walk(real);
  await walk.root(await stat(real, { bigint: true }));
  const { files, scopes, problems, ignored, folders } = walk;
  if (files.length <= maxFiles) return { files, scopes, problems, ignored, folders };
  const message = `there are ${files.length} files, and ${maxFiles} are the limit (\`maxFiles\`): none is read`;
  return { files: [], scopes, ignored, folders, problems: [{ path: '', code: 'TOO_MANY', message }, ...problems] };
}

class Walk {
  readonly files: FoundFile[] = [];
  readonly scopes: Scope[] = [];
  readonly problems: FileProblem[] = [];
  readonly ignored: string[] = [];
  readonly folders: SeenFolder[] = [];
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async root(stats: BigIntStats): Promise<void> {
    for (const entry of await this.#entries({ path: '', real: this.#root, stats })) {
      if (!entry.stats.isDirectory()) this.#stray(entry);
      else if (entry.name === 'global') await this.#scope('global', entry);
      else if ((KINDS as readonly string[]).includes(entry.name)) await this.#kind(entry);
      else this.#outOfPlace(entry, 'a folder of no scope: `global`, `groups` and `tenants` are known here');
    }
  }

  async #kind(folder: Entry): Promise<void> {
    const entries = await this.#entries(folder);
    await atMost(FOLDERS_AT_ONCE, entries, async entry => {
      if (!entry.stats.isDirectory()) return this.#stray(entry);
      const found = scopeOfFolder(folder.name as (typeof KINDS)[number], entry.name);
      if ('why' in found) this.problems.push({ path: entry.path, code: 'BAD_NAME', message: found.why });
      else await this.#scope(found.scope, entry);
    });
  }

  async #scope(scope: Scope, folder: Entry): Promise<void> {
    this.scopes.push(scope);
    for (const entry of await this.#entries(folder, scope)) {
      if (entry.stats.isDirectory()) {
        this.#outOfPlace(entry, 'a folder within a scope: a `/` in the name of a config is written `%2F`', scope);
        continue;
      }
      const name = fileNameOf(entry.name);
      if (name.kind === 'other') this.ignored.push(entry.path);
      else if (name.kind === 'misspelt')
        this.problems.push({ path: entry.path, scope, code: 'BAD_NAME', message: name.why });
      else this.files.push({ ...entry, scope, config: name.config, format: name.format });
    }
  }

  async #entries(folder: Pick<Entry, 'path' | 'real' | 'stats'>, scope?: Scope): Promise<Entry[]> {
    const problems: FileProblem[] = [];
    this.folders.push({ real: folder.real, id: `${folder.stats.dev}.${folder.stats.ino}` });
    try {
      return await listEntries(this.#root, folder, problems);
    } catch (error) {
      if (error instanceof Moved || isGone(error)) throw new Moved(folder.path);
      const { code = 'unknown' } = error as NodeJS.ErrnoException;
      problems.push({ path: folder.path, code: 'UNREADABLE', message: `the folder cannot be read (${code})` });
      return [];
    } finally {
      for (const problem of problems) this.problems.push(this.#placed(problem, scope));
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

  #outOfPlace({ path }: Entry, message: string, scope?: Scope): void {
    this.problems.push({ path, scope, code: 'NO_SCOPE', message });
  }

  /** A file in a scope's folder is about a config; of one that is no folder's, its name says whether it is. */
  #placed(problem: FileProblem, scope: Scope | undefined): FileProblem {
    if (scope === undefined) return problem;
    const name = fileNameOf(problem.path.slice(problem.path.lastIndexOf('/') + 1));
    return { ...problem, scope, config: name.kind === 'config' ? name.config : undefined };
  }
}
