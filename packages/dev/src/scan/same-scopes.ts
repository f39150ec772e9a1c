import type { FolderScan } from '@tenantry/loader/folder';
import type { Scope } from '@tenantry/protocol';

/** The scopes of which two scans say the same. */
export function sameScopes(one: FolderScan, other: FolderScan): (scope: Scope) => boolean {
  const [ours, theirs] = [marksOf(one), marksOf(other)];
  return scope => ours.get(scope) === theirs.get(scope);
}

/** A text for each scope, the same for the same files. */
function marksOf({ documents, problems, scopes }: FolderScan): ReadonlyMap<Scope | undefined, string> {
  const marks = new Map<Scope | undefined, string>(scopes.map(scope => [scope, 'there']));
  const said = [
    ...documents.map(({ scope, path, config, sha256 }) => [scope, `${path}\n${config}\n${sha256}`] as const),
    ...problems.map(
      ({ scope, path, line, column, message }) => [scope, `${path}:${line}:${column} ${message}`] as const,
    ),
  ];
  for (const [scope, mark] of said.sort(([, a], [, b]) => (a < b ? -1 : 1)))
    marks.set(scope, `${marks.get(scope) ?? ''}\n\n${mark}`);
  return marks;
}
