import { randomUUID } from 'node:crypto';
import { lstat, open, readFile, rename, rm } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

/** Who holds it has a file to read and one to write, and waits for nobody. After so long without a new holder its process was most likely killed. */
const ABANDONED_MS = 5_000;
const POLL_MS = 20;

/** What only one process has at a time. */
export interface FileLock {
  /** A name for what its holder is about to put in the file's place. Where the lock is taken away, the file of this name goes first. */
  readonly draft: string;
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

/** How long a lock may stay with one holder: for tests. */
export interface LockOptions {
  readonly abandonedMs?: number | undefined;
}

/**
 * Waits until this process alone may replace the file. The lock is a file beside it, which a process makes only where there is none. That of a
 * killed process is taken away once it was seen for five seconds, by this process's own clock: no process, no host and no time in it has to be
 * believed. Throws the error of the file system where no file can be made there, and the reason of the signal.
 */
export async function lockFile(
  path: string,
  signal: AbortSignal,
  { abandonedMs = ABANDONED_MS }: LockOptions = {},
): Promise<FileLock> {
  const lock = `${path}.lock`;
  const id = randomUUID();
  let seen: Holder | undefined;
  let since = 0;
  while (!(await takes(lock, id))) {
    const holder = await holderOf(lock);
    if (holder?.mark !== seen?.mark) [seen, since] = [holder, performance.now()];
    else if (holder && performance.now() - since > abandonedMs) await breakLock(path, lock, holder);
    await setTimeout(POLL_MS, undefined, { signal });
  }
  const isHeld = async () => (await holderOf(lock))?.id === id;
  return {
    draft: draftOf(path, id),
    isHeld,
    async release() {
      if (await isHeld()) await rm(lock, { force: true });
    },
  };
}

function draftOf(path: string, id: string): string {
  return `${path}.${id}`;
}

async function takes(lock: string, id: string): Promise<boolean> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(lock, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    await file.writeFile(id);
    return true;
  } catch (error) {
    // A disk that is full, say: nobody else has to wait for that.
    await rm(lock, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

interface Holder {
  /** Undefined: it has not written it yet, or it was no process of ours. */
  readonly id: string | undefined;
  /** Two locks of one name have two of them. */
  readonly mark: string;
}

/** Undefined: nobody. */
async function holderOf(lock: string): Promise<Holder | undefined> {
  const found = await lstat(lock, { bigint: true }).catch(() => undefined);
  if (!found) return undefined;
  const text = found.isFile() ? await readFile(lock, 'utf8').catch(() => '') : '';
  return { id: /^[\da-f-]{36}$/.test(text) ? text : undefined, mark: `${found.ino} ${found.mtimeNs} ${text}` };
}

/**
 * A holder that was stopped only, and goes on now, finds its draft gone and begins anew:
 *
 *     holder: takes the lock, reads, writes its draft | stopped
 *     this one:                                         removes the draft, then the lock
 *     another:                                                             takes the lock, reads, writes, releases
 *     holder:                                                              renames its draft: ENOENT, begins anew
 */
async function breakLock(path: string, lock: string, { id }: Holder): Promise<void> {
  if (id !== undefined) await rm(draftOf(path, id), { force: true });
  // In one step, so that of several only one has it. Its name is free for the next one then.
  const aside = `${lock}.${randomUUID()}`;
  await rename(lock, aside).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rm(aside, { force: true, recursive: true });
}
