import type { AnyConfig } from '@tenantry/protocol';
import { GROUPS_NAME } from '@tenantry/protocol/internal';
import { checkDocumentsBy, type FindProblems, problemsOf } from '../check/check-documents.ts';
import type { FileProblem } from '../folder/file-problem.ts';
import type { FolderDocument } from '../folder/folder-document.ts';
import type { FolderScan } from '../folder/folder-scan.ts';
import { folderOf } from '../folder/layout.ts';
import { impliedGroups } from '../plan/implied-groups.ts';
import type { Wanted } from '../plan/plan-scope.ts';
import { resolveSecrets, type SecretOptions } from '../secrets/resolve-secrets.ts';

/** A scan with the values that the store may take, secrets in clear; what it would refuse is a problem. */
export async function checkScan(
  scan: FolderScan,
  definitions: ReadonlyMap<string, AnyConfig>,
  secrets: SecretOptions | undefined,
  find: FindProblems,
): Promise<FolderScan> {
  const checked = checkDocumentsBy(scan, definitions.values(), find);
  const kept = withoutUnkept(checked.documents, definitions);
  const resolved = await resolveSecrets(kept.documents, secrets);
  const problems: FileProblem[] = [...checked.problems, ...kept.problems, ...resolved.problems];
  if (resolved.documents === kept.documents) return { ...checked, documents: kept.documents, problems };
  const unchanged = new Set(kept.documents);
  const documents = resolved.documents.filter(document => {
    // Only with its secrets it is known whether a value is good.
    if (unchanged.has(document)) return true;
    const definition = definitions.get(document.config);
    const found = definition?.secret ? problemsOf(document, definition) : [];
    problems.push(...found);
    return found.length === 0;
  });
  return { ...checked, documents, problems };
}

/** What the files want of the store. The folder of a group says that the group exists, where no file says its groups. */
export function wantedOf(scan: FolderScan): Wanted[] {
  const none = { config: GROUPS_NAME, json: '[]', sha256: '', isImplied: true };
  return [...scan.documents, ...impliedGroups(scan).map(scope => ({ ...none, scope, path: folderOf(scope) }))];
}

/** Configs that are only in Redis: no file can be what they are to be, because they have no history that says of whom they are. */
function withoutUnkept(documents: readonly FolderDocument[], definitions: ReadonlyMap<string, AnyConfig>) {
  const unkept = new Set(
    [...definitions.values()].flatMap(({ name, persistence }) => (persistence === 'none' ? name : [])),
  );
  if (unkept.size === 0) return { documents, problems: [] };
  const isUnkept = ({ config }: FolderDocument) => unkept.has(config);
  const problems = documents.filter(isUnkept).map(
    ({ path, scope, config, place }): FileProblem => ({
      ...{ path, scope, config, ...place(), code: 'NOT_KEPT' },
      message: `"${config}" is only in Redis (\`persistence\`): a file cannot say what it is`,
    }),
  );
  return { documents: documents.filter(document => !isUnkept(document)), problems };
}
