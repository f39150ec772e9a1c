import type { Scope } from '@tenantry/protocol';
import { GROUPS_NAME } from '@tenantry/protocol/internal';
import type { FileProblem } from '../folder/file-problem.ts';
import type { FolderScan } from '../folder/folder-scan.ts';
import { SEVERAL } from '../folder/layout.ts';

/** Groups that exist because they have a folder, and are in no other group: no file says their groups, and none that cannot be read may say them. */
export function impliedGroups({ documents, scopes, problems }: FolderScan): Scope[] {
  // No file was read.
  if (problems.some(({ path }) => path === '')) return [];
  const said = new Set(documents.filter(({ config }) => config === GROUPS_NAME).map(({ scope }) => scope));
  const unsure = new Set(problems.filter(mayBeOfGroups).map(({ scope }) => scope));
  return scopes.filter(scope => scope.startsWith('groups/') && !said.has(scope) && !unsure.has(scope));
}

/** Whether a problem leaves open which groups its scope is in: it is of that file, of one with several configs, or of the folder. */
function mayBeOfGroups({ path, config }: FileProblem): boolean {
  if (config !== undefined) return config === GROUPS_NAME;
  const [, , file] = path.split('/');
  return file === undefined || file.startsWith(`${SEVERAL}.`);
}
