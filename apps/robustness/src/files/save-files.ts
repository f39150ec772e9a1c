import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files of one scope: texts by name. */
export type ScopeFiles = ReadonlyMap<string, string>;

/**
 * Brings a scope's folder to other files, each in one step, and one right after the other. Returns how long it was neither as before nor as
 * it is to be, in ms.
 */
export function saveFiles(folder: string, before: ScopeFiles, after: ScopeFiles): number {
  mkdirSync(folder, { recursive: true });
  const changed = [...after].filter(([name, text]) => before.get(name) !== text);
  for (const [name, text] of changed) writeFileSync(join(folder, `.new-${name}`), text);
  const began = performance.now();
  for (const [name] of changed) renameSync(join(folder, `.new-${name}`), join(folder, name));
  for (const name of before.keys()) if (!after.has(name)) rmSync(join(folder, name));
  return performance.now() - began;
}
