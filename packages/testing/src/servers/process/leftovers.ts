import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, type ProcessIdentity, processNamespace } from './process-table.ts';

/** Written beside a server's data, so that whoever comes after a crash knows whose it was. */
export interface Leavings {
  readonly namespace: string;
  readonly owner: ProcessIdentity;
  readonly processes: readonly ProcessIdentity[];
  readonly folders: readonly string[];
  /** Commands that end what is not a process of ours, such as a container. */
  readonly undo: readonly (readonly string[])[];
}

/** Ends and removes what runs that were killed outright left behind, and nothing else. */
export function removeLeftovers(root: string): void {
  for (const name of readdirSync(root)) {
    const leavings = readLeavings(join(root, name));
    if (leavings?.namespace !== processNamespace() || isAlive(leavings.owner)) continue;
    for (const left of leavings.processes.filter(isAlive)) killIfThere(left.pid);
    for (const [program, ...args] of leavings.undo) spawnSync(program as string, args, { stdio: 'ignore' });
    for (const path of leavings.folders) {
      rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    }
  }
}

/** It may have ended since it was looked at: by itself, or by another run that sweeps at the same time. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function readLeavings(path: string): Leavings | undefined {
  try {
    return JSON.parse(readFileSync(join(path, 'leavings.json'), 'utf8')) as Leavings;
  } catch {
    return undefined; // somebody is just making it, or has just removed it
  }
}
