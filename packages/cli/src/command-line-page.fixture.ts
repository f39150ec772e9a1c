import { CATALOG } from './catalog.ts';
import { helpText } from './program/build-program.ts';
import { walk } from './program/catalog.ts';

/** The help of every command, as docs/reference/command-line.md has it between its marks. */
export async function commandsPage(): Promise<string> {
  const parts = [section('tenantry', await helpText(CATALOG, [], undefined))];
  for (const [path, leaf] of walk(CATALOG)) {
    if (leaf.isHidden) continue;
    parts.push(section(`tenantry ${path.join(' ')}`, await helpText(CATALOG, path, await leaf.load())));
  }
  return parts.join('\n');
}

function section(title: string, help: string): string {
  return [`### ${title}`, '', '```text', help.trimEnd(), '```', ''].join('\n');
}
