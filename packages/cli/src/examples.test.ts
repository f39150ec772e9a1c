import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CATALOG } from './catalog.ts';
import { parseWords } from './program/build-program.ts';
import { walk } from './program/catalog.ts';
import { wantedOf } from './program/wanted.ts';

/** The words of each call of the program in a line of a shell. */
function callsOf(line: string): string[][] {
  const words: string[] = [];
  for (const [, single, double, bare] of line.matchAll(
    /'([^']*)'|"((?:[^"\\]|\\.)*)"|((?:[^\s'"|<>#()]|\b#)+|[|<>#()])/g,
  )) {
    if (bare === '#') break;
    words.push(single ?? double ?? bare ?? '');
  }
  const calls: string[][] = [];
  let call: string[] | undefined;
  for (const word of words) {
    if (word === 'tenantry') {
      call = [];
      calls.push(call);
    } else if (/^[|<>()]$/.test(word)) call = undefined;
    else call?.push(word);
  }
  return calls;
}

async function parse(words: readonly string[]): Promise<void> {
  const { path, leaf } = wantedOf(CATALOG, words);
  await parseWords(CATALOG, leaf && { path, command: await leaf.load() }, words);
}

const guide = readFileSync(new URL('../../../docs/guides/command-line.md', import.meta.url), 'utf8');
const inBlocks = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.split('\n'));
const inText = [...guide.matchAll(/`(tenantry [^`]+)`/g)].map(([, line = '']) => line);

it('every example is a call that the program understands', async () => {
  const lines = [...inBlocks, ...inText];
  for (const [, leaf] of walk(CATALOG)) lines.push(...(await leaf.load()).examples);
  const calls = lines.flatMap(callsOf);
  expect(calls.length).toBeGreaterThan(100);
  const wrong: string[] = [];
  for (const call of calls) await parse(call).catch(error => wrong.push(`${call.join(' ')}: ${error.message}`));
  expect(wrong).toEqual([]);
  // The test can fail.
  await expect(parse(['set', 'acme', '--nope'])).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});
