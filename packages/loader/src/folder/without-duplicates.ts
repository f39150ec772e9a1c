import type { FileProblem } from './file-problem.ts';
import type { FolderDocument } from './folder-document.ts';

/**
 * Leaves out every config that two files speak of, and adds a problem for each: nobody could say which of them counts. A file with a problem speaks, too:
 * once it is mended, there would be two. `others`: problems that are told elsewhere.
 */
export function withoutDuplicates(
  documents: readonly FolderDocument[],
  problems: FileProblem[],
  others: readonly FileProblem[] = [],
): FolderDocument[] {
  const broken = [...problems, ...others].filter(isOfConfig);
  if (broken.length === 0 && !hasDuplicates(documents)) return [...documents];
  const spoken = Map.groupBy(documents, keyOf);
  const brokenOf = Map.groupBy(broken, keyOf);
  return documents.filter(document => {
    const { path, scope, config } = document;
    const key = keyOf(document);
    const twins = (spoken.get(key) ?? []).filter(each => each !== document);
    const rivals = [...twins, ...(brokenOf.get(key) ?? [])].map(other => `\`${other.path}\``);
    if (rivals.length === 0) return true;
    const message = `"${config}" of ${scope} is in ${rivals.join(', ')}, too: none of them counts`;
    problems.push({ path, scope, config, ...document.place(), code: 'DUPLICATE', message });
    return false;
  });
}

function isOfConfig(problem: FileProblem): problem is FileProblem & Pick<FolderDocument, 'scope' | 'config'> {
  return problem.scope !== undefined && problem.config !== undefined;
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

function keyOf({ scope, config }: Pick<FolderDocument, 'scope' | 'config'>): string {
  return `${scope}\0${config}`;
}
