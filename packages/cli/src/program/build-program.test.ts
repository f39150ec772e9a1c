import { expect, it } from 'vitest';
import { CATALOG } from '../catalog.ts';
import { parseWords } from './build-program.ts';
import { walk } from './catalog.ts';
import { flagOf } from './option-flags.ts';

const PATHS = [...walk(CATALOG)].filter(([path]) => path[0] !== '__complete');

it('no command takes an empty argument, but a value: it is most often a variable that is not set', async () => {
  let checked = 0;
  for (const [path, leaf] of PATHS) {
    const command = await leaf.load();
    const args = Object.values(command.args);
    for (const [i, { kind }] of args.entries()) {
      const words = args.slice(0, Math.max(i + 1, args.findLastIndex(each => each.kind === 'required') + 1));
      const parsed = parseWords(CATALOG, { path, command }, [...path, ...words.map((_, at) => (at === i ? '' : 'x'))]);
      if (kind === 'many') await expect(parsed, path.join(' ')).resolves.toHaveProperty('command');
      else
        await expect(parsed, path.join(' ')).rejects.toMatchObject({
          ...{ code: 'INVALID_OPTION', message: expect.stringContaining('is empty') },
        });
      checked++;
    }
  }
  expect(checked).toBeGreaterThan(60);
});

it('no option takes an empty text, where that would leave a filter, a file or a place out', async () => {
  const taken = new Set<string>();
  for (const [path, leaf] of PATHS) {
    const command = await leaf.load();
    const args = Object.values(command.args).map(() => 'x');
    for (const [name, option] of Object.entries(command.options)) {
      if (option.choices || (option.kind !== 'text' && option.kind !== 'texts')) continue;
      const words = [...path, ...args, flagOf(name), ''];
      await parseWords(CATALOG, { path, command }, words).then(
        () => taken.add(name),
        error => expect(error).toMatchObject({ code: 'INVALID_OPTION' }),
      );
    }
  }
  expect([...taken].sort()).toEqual(['path', 'prefix', 'reason', 'search', 'value']);
});

it.each(['0', '99999999999', '-1', '1e3'])(
  'no answer may take %s ms: a timer that is too long runs out at once',
  async ms => {
    const [path, leaf] = PATHS.find(([[name]]) => name === 'me') as (typeof PATHS)[number];
    const command = await leaf.load();
    await expect(async () => parseWords(CATALOG, { path, command }, ['me', `--timeout=${ms}`])).rejects.toThrow(
      `--timeout must be a whole number from 1 to 2147483647, got "${ms}".`,
    );
  },
);
