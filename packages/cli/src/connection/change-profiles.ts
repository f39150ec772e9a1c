import { chmod, open, realpath, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../failures/failure.ts';
import { toJson } from '../json/raw-numbers.ts';
import { lockFile } from './file-lock.ts';
import { makeOwnFolder } from './own-folders.ts';
import { type Profiles, readProfiles } from './profiles.ts';

/**
 * Makes the file of profiles anew from what it holds now, for its owner alone. One process at a time does so, so no change of another is lost;
 * `change` may be asked again. A link to the file stays: many keep such files in another place. `INVALID_OPTION` where it cannot be written, and what
 * `change` throws: the profiles stay as they were.
 */
export async function changeProfiles(
  link: string | undefined,
  signal: AbortSignal,
  change: (present: Profiles) => Profiles,
): Promise<void> {
  if (link === undefined)
    throw new Failure(
      'INVALID_OPTION',
      'There is no folder for profiles: set HOME or XDG_CONFIG_HOME to an absolute path.',
    );
  try {
    makeOwnFolder(dirname(link));
    const path = await realpath(link).catch(() => link);
    while (!(await isChanged(path, signal, change)));
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    throw new Failure('INVALID_OPTION', `${link} cannot be written (${code}): the profiles stay as they were.`);
  }
}

/** False: the lock was taken from this process, which was stopped for long. */
async function isChanged(path: string, signal: AbortSignal, change: (present: Profiles) => Profiles): Promise<boolean> {
  const lock = await lockFile(path, signal);
  try {
    await writeDraft(lock.draft, `${toJson(change(await readProfiles(path)), 2)}\n`);
    if (!(await lock.isHeld())) return false;
    await rename(lock.draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !(await lock.isHeld())) return false;
    throw error;
  } finally {
    await rm(lock.draft, { force: true });
    await lock.release();
  }
}

async function writeDraft(draft: string, text: string): Promise<void> {
  // Before a token is in it.
  const file = await open(draft, 'wx', 0o600);
  try {
    await chmod(draft, 0o600);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
