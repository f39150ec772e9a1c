import type { FileProblem } from './file-problem.ts';
import type { FolderDocument } from './folder-document.ts';

/** Leaves out every config that two files speak of: nobody could say which of them counts. */
export function withoutDuplicates(documents: readonly FolderDocument[], problems: FileProblem[]): FolderDocument[] {
  // As a rule there are none, and this is asked of thousands after each change of one.
  if (new Set(documents.map(keyOf)).size === documents.length) return [...documents];
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

function keyOf({ scope, config }: FolderDocument): string {
  return `${scope}\0${config}`;
}
