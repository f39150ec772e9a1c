import { randomBytes } from 'node:crypto';
import { lstat, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** A process that was killed may have left one. Nobody writes for so long. */
const ABANDONED_MS = 3_600_000;

/**
 * Puts bytes in the place of a file, as a whole: whoever reads it gets the old bytes or the new ones, also after a crash at any moment. Several
 * processes may do so at a time; one of them is the last. The file that a symbolic link leads to is replaced, and not the link. What is no file, as a
 * device or a pipe, is left alone: that is an error.
 */
export async function replaceFile(named: string, bytes: Buffer): Promise<void> {
  const path = await replaceable(named);
  // In the same folder: a rename is atomic only within one file system.
  const temporary = `${path}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeNew(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Where the file is that may be replaced: a rename would put a file in the place of anything, of `/dev/null` too. */
async function replaceable(named: string): Promise<string> {
  const found = await lstat(named).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!found) return named;
  const path = found.isSymbolicLink() ? await realpath(named) : named;
  if (!(await stat(path)).isFile()) throw Object.assign(new Error('This path is not a file.'), { code: 'ENOTFILE' });
  return path;
}

/** Removes what processes left that were killed while they wrote. */
export async function removeAbandoned(path: string, now: number): Promise<void> {
  const folder = dirname(path);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${basename(path)}.`) || !name.endsWith('.tmp')) continue;
    const file = join(folder, name);
    const { mtimeMs } = await stat(file);
    if (now - mtimeMs > ABANDONED_MS) await rm(file, { force: true });
  }
}

async function writeNew(path: string, bytes: Buffer): Promise<void> {
  // Configs are in it: its owner's alone.
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Without it a crash of the machine may undo the rename. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
