import { randomUUID } from 'node:crypto';
import { chmod, lstat, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from './make-folder.ts';

/**
 * Writes a file in one step: whoever reads it has the old text or the new one. Who may read a file that is there may read the next one; what is no
 * file of its own, a link or a pipe, becomes one.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const before = await lstat(path).catch(() => undefined);
  await makeFolder(dirname(path));
  const temporary = join(dirname(path), `.tenantry-${randomUUID()}.tmp`);
  try {
    if (before?.isFile()) {
      const mode = before.mode & 0o7777;
      // Nobody else may read it meanwhile, and what the process would take from the mode is given back.
      await writeFile(temporary, text, { mode: mode & 0o700 });
      // Some file systems of networks have no modes.
      await chmod(temporary, mode).catch(() => undefined);
    } else await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
