import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder, and those above it that are not there. Throws the error of the file system. Not Node's `recursive`: where a
 * folder that is there answers that it is not, as `/proc` does, that one asks for ever (Node 24.21).
 */
export async function makeFolder(path: string): Promise<void> {
  const error = await made(path);
  if (error === undefined) return;
  const above = dirname(path);
  if (error.code !== 'ENOENT' || above === path) throw error;
  await makeFolder(above);
  const again = await made(path);
  if (again !== undefined) throw again;
}

/** Undefined where it is there now, whoever has made it; else why not. */
async function made(path: string): Promise<NodeJS.ErrnoException | undefined> {
  try {
    await mkdir(path);
  } catch (error) {
    // A folder that is there is refused with more than one code: of a file system that nobody may write to, or the root of a drive.
    if (!(await isFolder(path))) return error as NodeJS.ErrnoException;
  }
  return undefined;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    found => found.isDirectory(),
    () => false,
  );
}
