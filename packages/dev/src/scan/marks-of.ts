import type { FolderScan } from '@tenantry/loader/folder';
import type { Scope } from '@tenantry/protocol';

/** A text for each scope that a scan says anything of, the same for the same files. */
export function marksOf({ documents, problems, scopes }: FolderScan): ReadonlyMap<Scope, string> {
  const said = new Map<Scope, string[]>(scopes.map(scope => [scope, []]));
  const add = (scope: Scope, text: string) => {
    const texts = said.get(scope);
    if (texts) texts.push(text);
    else said.set(scope, [text]);
  };
  for (const { scope, path, config, sha256 } of documents) add(scope, `${path}\n${config}\n${sha256}`);
  for (const { scope, path, line, column, message } of problems)
    if (scope !== undefined) add(scope, `${path}:${line}:${column} ${message}`);
  return new Map([...said].map(([scope, texts]) => [scope, texts.sort().join('\n\n')]));
}
