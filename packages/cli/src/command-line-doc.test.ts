import { readFileSync, writeFileSync } from 'node:fs';
import { ROUTES } from '@tenantry/admin-api';
import { expect, it } from 'vitest';
import { CATALOG } from './catalog.ts';
import { commandsPage } from './command-line-page.fixture.ts';
import { NOT_IN_CLI } from './not-in-cli.ts';
import { walk } from './program/catalog.ts';

const FILE = new URL('../../../docs/reference/command-line.md', import.meta.url);
const MARKS = /(<!-- commands -->\n)[\s\S]*(<!-- end of commands -->)/;

// C1
it('docs/reference/command-line.md has the help of every command (TENANTRY_WRITE_DOCS=1 writes it)', async () => {
  const page = readFileSync(FILE, 'utf8');
  const commands = await commandsPage();
  const wanted = page.replace(MARKS, (_, begin: string, end: string) => `${begin}\n${commands}\n${end}`);
  if (process.env.TENANTRY_WRITE_DOCS) writeFileSync(FILE, wanted);
  expect(page).toBe(wanted);
});

// C1
it('every route has a command, or a reason why it has none', async () => {
  const called = new Set<string>();
  for (const [, leaf] of walk(CATALOG)) for (const id of (await leaf.load()).routes) called.add(id);
  const ids = Object.keys(ROUTES);
  expect(ids.filter(id => !called.has(id) && !Object.hasOwn(NOT_IN_CLI, id))).toEqual([]);
  expect(Object.keys(NOT_IN_CLI).filter(id => called.has(id) || !ids.includes(id))).toEqual([]);
});

it('every command has an example that names it, and no two say the same', async () => {
  const all: string[] = [];
  for (const [path, leaf] of walk(CATALOG)) {
    if (leaf.isHidden) continue;
    const { examples } = await leaf.load();
    expect(examples.join('\n'), path.join(' ')).toContain(`tenantry ${path.join(' ')}`);
    all.push(...examples);
  }
  expect(new Set(all).size).toBe(all.length);
});
