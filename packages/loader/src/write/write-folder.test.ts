import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scope } from '@tenantry/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { folderWith, put } from '../folder/folder.fixture.ts';
import { scanFolder } from '../folder/scan-folder.ts';
import { type FolderEntry, writeFolder } from './write-folder.ts';

const ENTRIES: FolderEntry[] = [
  { scope: 'global', config: 'limits', json: '{"max":5,"burst":{"z":1,"a":[1,null]}}' },
  { scope: 'groups/eu/west', config: '@groups', json: '["eu"]' },
  { scope: 'tenants/acme', config: 'mail/server', json: '"on"' },
  { scope: 'tenants/Acme', config: 'limits', json: '{"max":6}' },
  { scope: 'tenants/Zürich', config: 'limits', json: '{}' },
];

const FORMATS = ['yaml', 'json', 'toml'] as const;

describe('a written folder', () => {
  it.each(FORMATS)('says in %s what was given, and is written once', async format => {
    const dir = await folderWith();
    const first = await writeFolder(dir, ENTRIES, { format });
    expect(first.written).toHaveLength(ENTRIES.length);
    const { documents, problems } = await scanFolder(dir);
    expect(problems).toEqual([]);
    const told = documents.map(({ scope, config, json }) => ({ scope, config, json: JSON.parse(json) }));
    expect(told).toEqual(expect.arrayContaining(ENTRIES.map(entry => ({ ...entry, json: JSON.parse(entry.json) }))));
    expect(told).toHaveLength(ENTRIES.length);
    const again = await writeFolder(dir, ENTRIES, { format });
    expect({ ...again, same: again.same }).toMatchObject({ written: [], removed: [], same: ENTRIES.length });
  });

  it('has the same bytes for the same values', async () => {
    const dir = await folderWith();
    await writeFolder(dir, [{ scope: 'global', config: 'a', json: '{"b":{"y":1,"x":2},"a":"one\\ntwo\\n"}' }]);
    expect(await readFile(join(dir, 'global/a.yaml'), 'utf8')).toBe('a: |\n  one\n  two\nb:\n  x: 2\n  y: 1\n');
    const { written } = await writeFolder(dir, [
      { scope: 'global', config: 'a', json: '{"a":"one\\ntwo\\n","b":{"x":2,"y":1}}' },
    ]);
    expect(written).toEqual([]);
  });

  it('touches files alone whose bytes differ', async () => {
    const dir = await folderWith();
    await writeFolder(dir, ENTRIES);
    const before = (await stat(join(dir, 'tenants/%41cme/limits.yaml'), { bigint: true })).ino;
    const changed = ENTRIES.map(entry => (entry.scope === 'global' ? { ...entry, json: '{"max":7}' } : entry));
    const { written } = await writeFolder(dir, changed);
    expect(written).toEqual(['global/limits.yaml']);
    expect((await stat(join(dir, 'tenants/%41cme/limits.yaml'), { bigint: true })).ino).toBe(before);
  });

  it('has one file for a config, in whichever format it was before', async () => {
    const dir = await folderWith({
      'global/limits.json': '{"max":1}',
      'global/other.json': '1',
      'global/README.md': 'x',
    });
    const { removed } = await writeFolder(dir, ENTRIES);
    expect(removed).toEqual(['global/limits.json']);
    expect((await readdir(join(dir, 'global'))).sort()).toEqual(['README.md', 'limits.yaml', 'other.json']);
  });

  it('has nothing else of the layout where that is asked for', async () => {
    const dir = await folderWith({
      'global/other.json': '1',
      'global/README.md': 'x',
      'tenants/gone/limits.yaml': '1',
      'tenants/acme/@configs.yaml': 'limits: 1',
    });
    await expect(writeFolder(dir, ENTRIES)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await writeFolder(dir, ENTRIES, { prune: true });
    expect((await readdir(join(dir, 'global'))).sort()).toEqual(['README.md', 'limits.yaml']);
    expect(await readdir(join(dir, 'tenants'))).not.toContain('gone');
    expect(await readdir(join(dir, 'tenants/acme'))).toEqual(['mail%2Fserver.yaml']);
  });

  it('leaves out what would be too large to be read again, names it, and writes the others', async () => {
    const [dir, large] = [await folderWith(), JSON.stringify('é'.repeat(2 ** 19))];
    const written = await writeFolder(dir, [{ scope: 'tenants/new', config: 'a', json: large }, ...ENTRIES]);
    expect(written.problems).toEqual([
      {
        ...{ path: 'tenants/new/a.yaml', scope: 'tenants/new', config: 'a', code: 'TOO_LARGE' },
        message: 'the file would have 1048577 bytes, and 1048576 are the limit (`maxFileBytes`): it is not written',
      },
    ]);
    expect(written.written).toHaveLength(ENTRIES.length);
    expect(await readdir(join(dir, 'tenants'))).not.toContain('new');
    // The longest that is read, and one for a loader that reads longer ones.
    const longest = { scope: 'global', config: 'a', json: JSON.stringify(`é${'x'.repeat(2 ** 20 - 3)}`) } as const;
    expect((await writeFolder(dir, [longest])).problems).toEqual([]);
    expect(await scanFolder(dir)).toMatchObject({ problems: [] });
    expect((await writeFolder(dir, [{ ...longest, json: large }], { maxFileBytes: 2 ** 21 })).problems).toEqual([]);
    expect((await scanFolder(dir)).problems).toMatchObject([{ path: 'global/a.yaml', code: 'TOO_LARGE' }]);
  });

  it('leaves files as they are that say what is too large now, also with `prune`', async () => {
    const files = {
      ...{ 'global/a.json': '1', 'global/b.json': '1', 'tenants/acme/a.yaml': '1', 'tenants/acme/b.yaml': '1' },
      'tenants/acme/@configs.yaml': 'a: 1',
    };
    const [dir, json] = [await folderWith(files), '"more than ten"'];
    const { removed, problems } = await writeFolder(
      dir,
      [
        { scope: 'global', config: 'a', json },
        { scope: 'global', config: 'c', json: '1' },
        { scope: 'tenants/acme', config: 'a', json },
      ],
      { prune: true, maxFileBytes: 10 },
    );
    expect(problems.map(({ path }) => path)).toEqual(['global/a.yaml', 'tenants/acme/a.yaml']);
    expect(removed).toEqual(['global/b.json', 'tenants/acme/b.yaml']);
    expect(await readFile(join(dir, 'global/a.json'), 'utf8')).toBe('1');
    expect((await readdir(join(dir, 'tenants/acme'))).sort()).toEqual(['@configs.yaml', 'a.yaml']);
  });

  it('keeps names apart that differ in capitals alone', async () => {
    const dir = await folderWith();
    await writeFolder(dir, ENTRIES);
    expect((await readdir(join(dir, 'tenants'))).sort()).toEqual(['%41cme', 'Z%C3%BCrich', 'acme']);
  });

  it('refuses what it could not read again, and links out of the folder', async () => {
    const dir = await folderWith();
    const refused = (entry: FolderEntry) =>
      expect(writeFolder(dir, [entry])).rejects.toMatchObject({ code: /^INVALID_/ });
    await refused({ scope: 'tenants/' as Scope, config: 'a', json: '1' });
    await refused({ scope: 'other' as Scope, config: 'a', json: '1' });
    await refused({ scope: `tenants/${'ü'.repeat(60)}`, config: 'a', json: '1' });
    await refused({ scope: 'global', config: 'a', json: '{' });
    await symlink(await folderWith(), join(dir, 'global'));
    await refused({ scope: 'global', config: 'a', json: '1' });
  });

  it('names the file that cannot be written', async () => {
    const dir = await folderWith();
    await mkdir(join(dir, 'global/a.yaml'), { recursive: true });
    await expect(writeFolder(dir, [{ scope: 'global', config: 'a', json: '1' }])).rejects.toThrow(
      `Writing ${join(dir, 'global/a.yaml')} failed (EISDIR)`,
    );
    expect(await readdir(join(dir, 'global'))).toEqual(['a.yaml']);
  });

  it('leaves the other files where one cannot be written', async () => {
    const dir = await folderWith();
    await mkdir(join(dir, 'global'));
    await writeFile(join(dir, 'groups'), 'a file where a folder is needed');
    await expect(writeFolder(dir, ENTRIES)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await readdir(join(dir, 'global'))).toEqual(['limits.yaml']);
    await put(dir, {});
  });

  // L9
  it.each([
    '  a\nb',
    ' \n',
    '\n\n a',
    '\t',
    '\u2028',
    '\u00a0',
    '\ufeff',
    '\ufeffx',
    '\r\nx',
    ' x ',
    '2026-01-01',
    '',
    '\0',
    '  \t\n\n',
    '\n \n',
    '\ufeff\n',
  ])('loses nothing of a text, wherever it stands: %j', async given => {
    for (const format of FORMATS)
      for (const whole of [given, { a: given }, [given], { [given]: 1 }, { a: [{ [given]: given }] }]) {
        const dir = await folderWith();
        await writeFolder(dir, [{ scope: 'global', config: 'a', json: JSON.stringify(whole) }], { format });
        const { documents, problems } = await scanFolder(dir);
        expect(problems).toEqual([]);
        expect(documents.map(({ json }) => JSON.parse(json))).toEqual([whole]);
        expect((await writeFolder(dir, documents, { format })).written).toEqual([]);
      }
  });

  it.each(FORMATS)('loses nothing of any value in %s', async format => {
    const dir = await folderWith();
    const text = fc.string({ unit: 'grapheme' }).filter(each => each.isWellFormed() && each !== '__proto__');
    const { value } = fc.letrec(tie => ({
      value: fc.oneof(
        { maxDepth: 3 },
        text,
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map(number => (Object.is(number, -0) ? 0 : number)),
        fc.boolean(),
        fc.constant(null),
        fc.constantFrom(
          'yes',
          '1_000',
          '0o14',
          '2026-11-30',
          '~',
          '<<',
          '*a',
          '- x',
          ' x ',
          'a: b',
          '# x',
          '\t',
          'x\r\ny\u0085\u2028\n\n',
        ),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.oneof(text, fc.constantFrom('<<', '1', 'null', 'yes', '', 'a.b', '-')), tie('value'), {
          maxKeys: 4,
        }),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(value, async given => {
        await writeFolder(dir, [{ scope: 'global', config: 'a', json: JSON.stringify(given) }], { format });
        const { documents, problems } = await scanFolder(dir);
        expect(problems).toEqual([]);
        expect(JSON.parse(documents[0]?.json ?? '')).toEqual(given);
      }),
      { numRuns: 300 },
    );
  });
});
