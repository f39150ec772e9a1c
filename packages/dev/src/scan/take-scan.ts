import { isDeepStrictEqual } from 'node:util';
import {
  type FileProblem,
  type FolderDocument,
  type FolderScan,
  impliedGroups,
  misplaced,
} from '@tenantry/loader/folder';
import { type AnyConfig, type Scope, TenantryError } from '@tenantry/protocol';
import { defineGroups, GROUPS_NAME, scopeOf, tenantOfScope, tenantText } from '@tenantry/protocol/internal';
import { type Change, checkChange } from '../state/check-change.ts';
import type { FolderState, Revision } from '../state/folder-state.ts';

/** A new version that a scan has made. */
export interface Taken extends Change {
  readonly revision: Revision;
  /** What stood there before. */
  readonly before: string | undefined;
  readonly path: string;
}

/** What came of a scan. */
export interface TakenScan {
  readonly taken: readonly Taken[];
  /** Those of the scan, and files whose value does not go with those of other scopes. */
  readonly problems: readonly FileProblem[];
}

interface Wanted extends Change {
  readonly path: string;
  readonly document: FolderDocument | undefined;
}

/** When the folder was looked at, and what of it counts. */
export interface Look {
  /** ms since 1970. */
  readonly now: number;
  /** Whether the files of a scope have settled. Of others, what they said before stays. */
  readonly counts: (scope: Scope) => boolean;
}

const GROUPS = defineGroups();

/**
 * Takes what a scan says into the state. What is wrong keeps its last good value: a file with a problem, a value that would break one below, all
 * of it where the folder itself is not there. `scan` is one that was checked, with its secrets in clear.
 */
export function takeScan(
  state: FolderState,
  scan: FolderScan,
  configs: ReadonlyMap<string, AnyConfig>,
  { now, counts }: Look,
): TakenScan {
  if (!scan.isThere) return { taken: [], problems: scan.problems };
  const taken: Taken[] = [];
  const problems = [...scan.problems, ...misplacedIn(state, scan)];
  let waiting = wantedOf(state, { ...scan, problems }, configs, counts);
  const all = [...configs.values()];
  let refused: { readonly wanted: Wanted; readonly error: TenantryError }[] = [];
  // What one file needs another one may bring: a group, or the other end of a range. So long as something goes on, all are looked at again.
  for (let goesOn = true; goesOn && waiting.length > 0; ) {
    goesOn = false;
    refused = [];
    const later: Wanted[] = [];
    for (const wanted of waiting) {
      const error = refusalOf(() => checkChange(state, all, wanted));
      if (error) {
        refused.push({ wanted, error });
        later.push(wanted);
        continue;
      }
      goesOn = true;
      const { tenant, config, json, path } = wanted;
      const before = state.get(tenant, config)?.latest.json;
      const made = { json, actor: undefined, reason: undefined, origin: `file:${path}`, at: now };
      const revision = state.write(tenant, config, made, json === undefined ? undefined : path);
      taken.push({ tenant, config, json, path, before, revision });
    }
    waiting = later;
  }
  return { taken, problems: [...problems, ...refused.map(({ wanted, error }) => toProblem(wanted, error))] };
}

/** Files in the place of the folders of which something stands. */
function misplacedIn(state: FolderState, { ignored }: FolderScan): readonly FileProblem[] {
  const strays = new Set(ignored);
  const found = new Map<string, FileProblem>();
  for (const { tenant, stored } of state.standing()) {
    const folder = stored.path?.slice(0, Math.max(0, stored.path.lastIndexOf('/'))) ?? '';
    if (strays.has(folder)) found.set(folder, misplaced(folder, scopeOf(tenant)));
  }
  return [...found.values()];
}

/** What the folder says otherwise than the state. Groups first, those above before those in them: the global scope, groups, tenants. */
function wantedOf(
  state: FolderState,
  scan: FolderScan,
  configs: ReadonlyMap<string, AnyConfig>,
  counts: Look['counts'],
): Wanted[] {
  const wanted: Wanted[] = [];
  const said = new Set<string>();
  const want = (tenant: string, config: AnyConfig, json: string, path: string, document?: FolderDocument) => {
    said.add(`${tenant}\n${config.name}`);
    const stored = state.get(tenant, config);
    const present = stored?.latest.json;
    if (present !== undefined && isDeepStrictEqual(JSON.parse(present), JSON.parse(json))) {
      if (stored?.path !== path) state.moved(tenant, config, path);
    } else wanted.push({ tenant, config, json, path, document });
  };
  for (const document of scan.documents) {
    const config = document.config === GROUPS_NAME ? GROUPS : configs.get(document.config);
    if (config) want(textOf(document.scope), config, document.json, document.path, document);
  }
  // A group is there as soon as it has a folder.
  for (const scope of impliedGroups(scan)) want(textOf(scope), GROUPS, '[]', scope);
  for (const { tenant, name, stored } of [...state.standing()]) {
    if (
      !counts(scopeOf(tenant)) ||
      said.has(`${tenant}\n${name}`) ||
      isKept(scan, stored.path ?? '', scopeOf(tenant), name)
    )
      continue;
    const config = name === GROUPS_NAME ? GROUPS : configs.get(name);
    if (config) wanted.push({ tenant, config, json: undefined, path: stored.path ?? '', document: undefined });
  }
  return wanted;
}

/** A file, or a folder around it, has a problem: nobody knows what it would say. */
function isKept({ problems }: FolderScan, path: string, scope: Scope, config: string): boolean {
  return problems.some(problem => {
    if (problem.path === path || problem.path === '' || path.startsWith(`${problem.path}/`)) return true;
    return problem.scope === scope && (problem.config === undefined || problem.config === config);
  });
}

function textOf(scope: Scope): string {
  return tenantText(tenantOfScope(scope));
}

function refusalOf(check: () => void): TenantryError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof TenantryError) return error;
    throw error;
  }
}

function toProblem({ tenant, config, path, document }: Wanted, { code, message }: TenantryError): FileProblem {
  return { path, ...document?.place(), scope: scopeOf(tenant), config: config.name, code, message };
}
