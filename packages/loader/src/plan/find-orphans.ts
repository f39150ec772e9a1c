import type { Scope } from '@tenantry/protocol';
import type { FileProblem } from '../folder/file-problem.ts';
import type { FolderScan } from '../folder/folder-scan.ts';
import { folderOf } from '../folder/layout.ts';
import { misplaced } from './misplaced.ts';
import type { Orphan, Wanted } from './plan-scope.ts';

/** Why nothing is taken away, although no file speaks of it any more. */
export type PruneRefusal = 'not asked for' | 'the folder is gone' | 'the folder is empty' | 'too many';

/** What the loader has set, and no file speaks of. */
export interface FoundOrphans {
  readonly orphans: readonly Orphan[];
  readonly refusal: PruneRefusal | undefined;
  /** Files in the place of the folders of scopes of which the loader has set anything. */
  readonly problems: readonly FileProblem[];
}

/** A number, or a part of what the loader owns such as `10%`, of which one is allowed in any case. */
export type MaxPrune = number | `${number}%`;

/** What may be taken away. */
export interface PruneRules {
  readonly prune: boolean;
  readonly maxPrune: MaxPrune;
  /** Whether a config is known here: of the others nobody can say what they are to be. */
  readonly isKnown: (config: string) => boolean;
}

/**
 * Finds what the loader has set, and no file speaks of. A file with a problem speaks of what it last said: nobody knows what it is about to
 * say. Nothing is taken away because a folder is gone or empty, as a mount is that has not come yet.
 */
export function findOrphans(
  owned: ReadonlyMap<Scope, ReadonlyMap<string, Orphan>>,
  wanted: ReadonlyMap<Scope, readonly Wanted[]>,
  scan: FolderScan,
  { prune, maxPrune, isKnown }: PruneRules,
): FoundOrphans {
  // A folder that is gone speaks of nothing, whatever its problem is about.
  const problems = scan.isThere ? scan.problems : [];
  const ignored = new Set(scan.ignored);
  const problemsOfFiles: FileProblem[] = [];
  const orphans: Orphan[] = [];
  for (const [scope, configs] of owned) {
    const said = wanted.get(scope) ?? [];
    // So it is with nearly every scope.
    if (said.length === configs.size && said.every(({ config }) => configs.has(config))) continue;
    const path = foldersOf(scope, configs.values()).find(each => ignored.has(each));
    if (path !== undefined) {
      problemsOfFiles.push(misplaced(path, scope));
      continue;
    }
    const spoken = new Set(said.map(({ config }) => config));
    for (const each of configs.values())
      if (!spoken.has(each.config) && isKnown(each.config) && !problems.some(problem => isAbout(problem, each)))
        orphans.push(each);
  }
  return { orphans, refusal: orphans.length === 0 ? undefined : refusalOf(), problems: problemsOfFiles };

  function refusalOf(): PruneRefusal | undefined {
    if (!scan.isThere) return 'the folder is gone';
    if (scan.documents.length === 0) return 'the folder is empty';
    if (!prune) return 'not asked for';
    return orphans.length > mostOf(maxPrune, countOf(owned, isKnown)) ? 'too many' : undefined;
  }
}

/** The folder of a scope as it is spelt by default, and as it was: with its capitals spelt, where another one differs in nothing else. */
function foldersOf(scope: Scope, configs: Iterable<Orphan>): string[] {
  return [folderOf(scope), ...Array.from(configs, ({ path }) => path.slice(0, path.lastIndexOf('/')))];
}

/** Whether a problem leaves open what is said of a config. */
function isAbout({ path, scope, config }: FileProblem, orphan: Orphan): boolean {
  if (path === '' || path === orphan.path || orphan.path.startsWith(`${path}/`)) return true;
  const folder = folderOf(orphan.scope);
  if (folder === path || folder.startsWith(`${path}/`)) return true;
  return scope === orphan.scope && (config === undefined || config === orphan.config);
}

function countOf(owned: ReadonlyMap<Scope, ReadonlyMap<string, Orphan>>, isKnown: PruneRules['isKnown']): number {
  let count = 0;
  for (const configs of owned.values()) for (const config of configs.keys()) if (isKnown(config)) count++;
  return count;
}

function mostOf(maxPrune: MaxPrune, owned: number): number {
  if (typeof maxPrune === 'number') return maxPrune;
  return Math.max(1, Math.floor((owned * Number(maxPrune.slice(0, -1))) / 100));
}
