import type { FileProblem } from './file-problem.ts';
import type { FolderDocument } from './folder-document.ts';

/** Leaves out every config that two files speak of: nobody could say which of them counts. */
export function withoutDuplicates(documents: readonly FolderDocument[], problems: FileProblem[]): FolderDocument[] {
  if (!hasDuplicates(documents)) return [...documents];
  const spoken = Map.groupBy(documents, keyOf);
  for (const several of spoken.values()) {
    if (several.length < 2) continue;
    for (const document of several) {
      const others = several.filter(other => other !== document).map(({ path }) => `\`${path}\``);
      const { path, scope, config } = document;
      const message = `"${config}" of ${scope} is in ${others.join(', ')}, too: none of them counts`;
      problems.push({ path, scope, config, ...document.place(), code: 'DUPLICATE', message });
    }
  }
  return documents.filter(document => spoken.get(keyOf(document))?.length === 1);
}

/** As a rule there are none, and this is asked of thousands after each change of one: no text is made of each. */
function hasDuplicates(documents: readonly FolderDocument[]): boolean {
  const spoken = new Map<string, Set<string>>();
  let [scope, configs] = ['', new Set<string>()];
  for (const document of documents) {
    if (document.scope !== scope) {
      scope = document.scope;
      configs = spoken.get(scope) ?? new Set();
      spoken.set(scope, configs);
    }
    if (configs.has(document.config)) return true;
    configs.add(document.config);
  }
  return false;
}

function keyOf({ scope, config }: FolderDocument): string {
  return `${scope}\0${config}`;
}
