import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** A process that was killed may have left one. Nobody writes for so long. */
const ABANDONED_MS = 3_600_000;

/**
 * Puts bytes in the place of a file, as a whole: whoever reads it gets the old bytes or the new ones, also after a crash at any moment. Several
 * processes may do so at a time; one of them is the last.
 */
export async function replaceFile(path: string, bytes: Buffer): Promise<void> {
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
