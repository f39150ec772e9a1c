import { type BigIntStats, type Dirent, lstat } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { atMost } from '@tenantry/protocol/internal';
import type { FileProblem } from './file-problem.ts';
import { fileNameOf } from './layout.ts';

/** A file or folder as it was found. */
export interface Entry {
  readonly name: string;
  /** Below the folder that is scanned, with `/`. */
  readonly path: string;
  /** Where it really lies. */
  readonly real: string;
  readonly stats: BigIntStats;
}

/** The folder moved on while it was looked at: what was seen is no state that it ever had. */
export class Moved extends Error {
  override readonly name = 'Moved';
  readonly path: string;

  constructor(path: string) {
    super('The folder changed while it was scanned.');
    this.path = path;
  }
}

/** A folder to look into. */
export interface Place {
  readonly path: string;
  readonly real: string;
}

/** Where a link led to when it was followed: what was found behind it is one state only while it still does. */
export interface FollowedLink {
  readonly at: string;
  readonly real: string;
}

const AT_ONCE = 32;

/**
 * The entries of a folder, links followed, by name. Kubernetes shows the files of a mount as links through `..data`, which is swapped as a
 * whole: they are listed from the folder that `..data` named at one moment, so that all come from one state. Links to folders are noted in `links`.
 */
export async function listEntries(
  root: string,
  { path, real }: Place,
  problems: FileProblem[],
  links: FollowedLink[],
): Promise<Entry[]> {
  const found = await readdir(real, { withFileTypes: true });
  const isSwapped = found.some(entry => entry.name === '..data' && entry.isSymbolicLink());
  const listed = isSwapped ? await throughData(root, { path, real }, found, problems, links) : found;
  // Hidden, or of Kubernetes.
  const shown = withoutUndecoded(
    listed.filter(({ name }) => !name.startsWith('.')),
    path,
    problems,
  );
  const stats = await lstatAll(shown.map(({ name, parentPath }) => join(parentPath, name)));
  // Listed, and gone a moment later: the folder moved on, as a state of a mount does that is removed after the swap.
  if (stats.some(each => each instanceof Error && isGone(each))) throw new Moved(path);
  const entries = await atMost(AT_ONCE, shown, (entry, i) =>
    entryOf(root, path, entry, stats[i] as Stated, problems, links),
  );
  return withoutTwins(
    entries.filter(entry => entry !== undefined),
    problems,
  );
}

/** Under a name that is no UTF-8 nobody can look at a file again: Node gives the name with other bytes. */
function withoutUndecoded(entries: readonly Dirent[], parent: string, problems: FileProblem[]): readonly Dirent[] {
  const isDecoded = ({ name }: Dirent) => !name.includes('\ufffd');
  if (entries.every(isDecoded)) return entries;
  for (const entry of entries)
    if (!isDecoded(entry) && !(entry.isFile() && fileNameOf(entry.name).kind === 'other')) {
      const path = parent === '' ? entry.name : `${parent}/${entry.name}`;
      problems.push({ path, code: 'BAD_NAME', message: 'its name is not UTF-8' });
    }
  return entries.filter(isDecoded);
}

type Stated = BigIntStats | NodeJS.ErrnoException;

/** Looks at many files. Not a promise for each: with thousands of files that is most of what a scan costs. */
function lstatAll(paths: readonly string[]): Promise<Stated[]> {
  if (paths.length === 0) return Promise.resolve([]);
  return new Promise(resolve => {
    const found = new Array<Stated>(paths.length);
    let left = paths.length;
    for (const [i, path] of paths.entries())
      lstat(path, { bigint: true }, (error, stats) => {
        found[i] = error ?? stats;
        if (--left === 0) resolve(found);
      });
  });
}

async function throughData(
  root: string,
  { path, real }: Place,
  found: readonly Dirent[],
  problems: FileProblem[],
  links: FollowedLink[],
) {
  const at = join(real, '..data');
  const data = await realpath(at).catch(error => {
    throw isGone(error) ? new Moved(path) : error;
  });
  if (!isWithin(root, data)) {
    problems.push({ path, code: 'OUTSIDE', message: 'its `..data` leads out of the folder' });
    return [];
  }
  links.push({ at, real: data });
  const inner = await readdir(data, { withFileTypes: true }).catch(error => {
    throw isGone(error) ? new Moved(path) : error;
  });
  const names = new Set(inner.map(({ name }) => name));
  return [...inner, ...found.filter(entry => !entry.isSymbolicLink() && !names.has(entry.name))];
}

async function entryOf(
  root: string,
  parent: string,
  { name, parentPath }: Dirent,
  stats: Stated,
  problems: FileProblem[],
  links: FollowedLink[],
): Promise<Entry | undefined> {
  const path = parent === '' ? name : `${parent}/${name}`;
  const own = join(parentPath, name);
  try {
    if (stats instanceof Error) throw stats;
    if (!stats.isSymbolicLink()) return { name, path, real: own, stats };
    const real = await realpath(own);
    if (!isWithin(root, real)) {
      problems.push({ path, code: 'OUTSIDE', message: 'the link leads out of the folder' });
      return undefined;
    }
    if (isWithin(real, parentPath)) {
      problems.push({ path, code: 'LINK_LOOP', message: 'the link leads to a folder that it lies in' });
      return undefined;
    }
    const target = await stat(real, { bigint: true });
    if (target.isDirectory()) links.push({ at: own, real });
    return { name, path, real, stats: target };
  } catch (error) {
    problems.push({ path, ...linkProblem(error) });
    return undefined;
  }
}

function linkProblem(error: unknown): Pick<FileProblem, 'code' | 'message'> {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ELOOP') return { code: 'LINK_LOOP', message: 'the link leads to itself' };
  if (code === 'ENOENT') return { code: 'MISSING_TARGET', message: 'it is gone, or the link leads to nothing' };
  return { code: 'UNREADABLE', message: `it cannot be looked at (${code ?? 'unknown'})` };
}

/** Names that differ in capitals or in the form of their characters alone are one name elsewhere. */
function withoutTwins(entries: readonly Entry[], problems: FileProblem[]): Entry[] {
  const alike = Map.groupBy(entries, ({ name }) => name.normalize('NFC').toLowerCase());
  for (const twins of alike.values()) {
    if (twins.length < 2) continue;
    for (const { path, name } of twins) {
      const others = twins.filter(twin => twin.name !== name).map(twin => `\`${twin.path}\``);
      const message = `it is one name with ${others.join(', ')} where capitals or forms of letters do not count`;
      problems.push({ path, code: 'TWINS', message });
    }
  }
  return entries.filter(({ name }) => alike.get(name.normalize('NFC').toLowerCase())?.length === 1).sort(byName);
}

function byName(a: Entry, b: Entry): number {
  return a.name < b.name ? -1 : 1;
}

/** Whether a path is a folder or lies in it. */
export function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** Whether an error says that a file is not there. */
export function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ESTALE';
}
