import { chmodSync, existsSync, mkdirSync, statfsSync } from 'node:fs';
import { freemem, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Where Linux keeps files in memory. A container may have very little of it. */
const MEMORY = '/dev/shm';
const TMPFS = 0x01021994;
/** More than the servers of one run take, with as much again for a run beside it. */
const ENOUGH_BYTES = 2 * 2 ** 30;

/**
 * The folder that holds everybody's private folders: in memory where there is room, which spares the tests the disk.
 * What a killed server leaves there is the same as on a disk; only a power cut would tell.
 */
export function foldersRoot(): string {
  return ownFolder(hasRoom(MEMORY) ? MEMORY : tmpdir());
}

/** Every such folder that an earlier run may have used. */
export function everyFoldersRoot(): string[] {
  return [MEMORY, tmpdir()].map(nameOfOurs).filter(path => existsSync(path));
}

function hasRoom(memory: string): boolean {
  try {
    const { type, bavail, bsize } = statfsSync(memory);
    return type === TMPFS && bavail * bsize >= ENOUGH_BYTES && freemem() >= ENOUGH_BYTES;
  } catch {
    return false; // no such thing here
  }
}

// Short, because a Unix socket's path may have about a hundred characters.
function nameOfOurs(parent: string): string {
  return join(parent, `tenantry-${userInfo().username}`);
}

function ownFolder(parent: string): string {
  const path = nameOfOurs(parent);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700); // fails, rightly, on a folder somebody else made under our name
  return path;
}
