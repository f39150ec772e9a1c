import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type Leavings, removeLeftovers } from './leftovers.ts';
import { identify, type ProcessIdentity, processNamespace } from './process-table.ts';

/** A folder for one server's data, gone with `remove()`, or by the next run if this one is killed. */
export interface PrivateFolder {
  readonly path: string;
  /** Tells whoever cleans up after us what else belongs to this server. */
  note(leaving: { readonly pid: number } | { readonly folder: string } | { readonly undo: readonly string[] }): void;
  remove(): void;
}

export function createPrivateFolder(name: string): PrivateFolder {
  const root = foldersRoot();
  removeLeftovers(root);
  const path = mkdtempSync(join(root, `${name}-`));
  const owner = identify(process.pid) ?? { pid: process.pid, started: '' };
  const processes: ProcessIdentity[] = [];
  const folders: string[] = [path];
  const undo: (readonly string[])[] = [];
  const write = (): void => {
    const leavings: Leavings = { namespace: processNamespace(), owner, processes, folders, undo };
    writeFileSync(join(path, 'leavings.json'), JSON.stringify(leavings));
  };
  write();
  const remove = (): void => {
    process.removeListener('exit', remove);
    // A server that was just killed may still be closing its files.
    for (const each of folders) rmSync(each, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  process.once('exit', remove);
  return {
    path,
    note: leaving => {
      if ('folder' in leaving) folders.push(leaving.folder);
      else if ('undo' in leaving) undo.push(leaving.undo);
      else processes.push(...[identify(leaving.pid)].filter(found => found !== undefined));
      write();
    },
    remove,
  };
}

// Short, because a Unix socket's path may have about a hundred characters.
function foldersRoot(): string {
  const root = join(tmpdir(), `tenantry-${userInfo().username}`);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  chmodSync(root, 0o700); // fails, rightly, on a folder somebody else made under our name
  return root;
}
