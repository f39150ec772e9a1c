import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from './process-table.ts';

/** Written beside a server's data, so that whoever comes after a crash knows whose it was. */
interface Note {
  readonly owner: ProcessIdentity;
  readonly processes: readonly ProcessIdentity[];
  /** Folders elsewhere that belong to the same server. */
  readonly alsoRemove: readonly string[];
}

/** A folder for one server's data, gone with `remove()`, or by the next run if this one is killed. */
export interface PrivateFolder {
  readonly path: string;
  noteProcess(pid: number): void;
  remove(): void;
}

export function createPrivateFolder(name: string, alsoRemove: readonly string[] = []): PrivateFolder {
  const root = foldersRoot();
  removeLeftovers(root);
  const path = mkdtempSync(join(root, `${name}-`));
  const owner = identify(process.pid) ?? { pid: process.pid, started: '' };
  const processes: ProcessIdentity[] = [];
  const write = (): void => writeFileSync(join(path, 'note.json'), JSON.stringify({ owner, processes, alsoRemove }));
  write();
  return {
    path,
    noteProcess: pid => {
      const identity = identify(pid);
      if (identity) processes.push(identity);
      write();
    },
    remove: () => removeAll([path, ...alsoRemove]),
  };
}

// Short, because a Unix socket's path may have about a hundred characters.
function foldersRoot(): string {
  const root = join(tmpdir(), `tenantry-${userInfo().username}`);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  chmodSync(root, 0o700); // refuses a folder somebody else made under our name
  return root;
}

/** Ends and removes what runs that were killed outright left behind. */
function removeLeftovers(root: string): void {
  for (const name of readdirSync(root)) {
    const path = join(root, name);
    const note = readNote(path);
    if (!note || isAlive(note.owner)) continue;
    for (const left of note.processes.filter(isAlive)) process.kill(left.pid, 'SIGKILL');
    removeAll([path, ...note.alsoRemove]);
  }
}

function readNote(path: string): Note | undefined {
  try {
    return JSON.parse(readFileSync(join(path, 'note.json'), 'utf8')) as Note;
  } catch {
    return undefined; // somebody is just making it, or already removed it
  }
}

function removeAll(paths: readonly string[]): void {
  // A server that was just killed may still be closing its files.
  for (const path of paths) rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
