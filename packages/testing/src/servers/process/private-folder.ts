import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { everyFoldersRoot, foldersRoot } from './folders-root.ts';
import { type Leavings, removeLeftovers } from './leftovers.ts';
import { identify, type ProcessIdentity, processNamespace } from './process-table.ts';

/** A folder for one server's data, gone with `remove()`, or by the next run if this one is killed. */
export interface PrivateFolder {
  readonly path: string;
  /** Tells whoever cleans up after us what else belongs to this server. */
  note(leaving: { readonly pid: number } | { readonly folder: string } | { readonly undo: readonly string[] }): void;
  remove(): void;
}

/** Ends and removes what runs that are over left behind. */
export function sweepLeftovers(): void {
  for (const root of everyFoldersRoot()) removeLeftovers(root);
}

export function createPrivateFolder(name: string): PrivateFolder {
  sweepLeftovers();
  const path = mkdtempSync(join(foldersRoot(), `${name}-`));
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
