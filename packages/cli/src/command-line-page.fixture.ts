import { CATALOG } from './catalog.ts';
import { helpText } from './program/build-program.ts';
import { walk } from './program/catalog.ts';

/** The help of every command below links to each, as docs/reference/command-line.md has it between its marks. */
export async function commandsPage(): Promise<string> {
  const parts = [contents(), section('tenantry', await helpText(CATALOG, [], undefined))];
  for (const [path, leaf] of walk(CATALOG)) {
    if (leaf.isHidden) continue;
    parts.push(section(`tenantry ${path.join(' ')}`, await helpText(CATALOG, path, await leaf.load())));
  }
  return parts.join('\n');
}

function section(title: string, help: string): string {
  return [`### ${title}`, '', '```text', help.trimEnd(), '```', ''].join('\n');
}

/** Links to the commands: those of one word, then those of each group. */
function contents(): string {
  const shown = [...walk(CATALOG)].filter(([, { isHidden }]) => !isHidden).map(([path]) => path);
  const groups = Map.groupBy(shown, path => path.slice(0, -1).join(' '));
  const lines = [...groups].map(([group, paths]) => {
    const links = paths.map(path => `[\`${path.at(-1)}\`](#tenantry-${path.join('-')})`);
    return `- ${group === '' ? '' : `\`${group}\`: `}${links.join(', ')}`;
  });
  return [...lines, ''].join('\n');
}
