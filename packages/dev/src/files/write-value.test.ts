import { scanFolder } from '@tenantry/loader/folder';
import { expect, it } from 'vitest';
import { freshDir } from '../folder.fixture.ts';
import { writeValue } from './write-value.ts';

const SCOPE = 'tenants/acme';
const VALUES: readonly [text: string, json: string][] = [
  ['a whole number beyond 2^53', '12345678901234567000'],
  [
    'several of them, and others',
    '{"a":9007199254740994,"b":[1e+21,{"c":-12345678901234567000}],"d":1.5,"e":"12345678901234567000"}',
  ],
  [
    'texts that YAML takes for something else',
    '{"a":"2026-01-31","b":"null","c":"0x1F","d":"<<","e":"a\\r\\nb","<<":1}',
  ],
  ['characters that a file cannot show', '{"a":"\\u0000\\u0085\\u2028","b":"\\ufeff x "}'],
  ['texts of nothing but blanks', '{"a":" \\n","b":["  \\t\\n\\n"],"c":{"\\ufeffx":1}}'],
];
const FILES: readonly [file: string, text: string][] = [
  ['any.yaml', '# kept\na: 1 # one\n'],
  ['any.yaml', '1\n'],
  ['any.json', '{"a":1}'],
  ['@configs.yaml', '# kept\nany: { a: 1 }\nother: 1.2345678901234567e+19\n'],
  ['@configs.json', '{"any":1,"other":1.2345678901234567e+19}'],
  ['@configs.json', '\ufeff{"any":1,"other":1.2345678901234567e+19}'],
  ['@configs.yaml', '\ufeffany: { a: 1 }\nother: 1.2345678901234567e+19\n'],
];

it('leaves TOML to people, also a config that does not stand there yet', async () => {
  await using files = await freshDir();
  const path = `${SCOPE}/@configs.toml`;
  await files.write(path, '# mine\nother = 1\n');
  await expect(writeValue(files.dir, { scope: SCOPE, config: 'any', json: '1', path })).rejects.toMatchObject({
    ...{ code: 'NOT_SUPPORTED', message: expect.stringMatching(/^"any" belongs into tenants\/acme\/@configs\.toml,/) },
  });
  expect(await files.read(path)).toBe('# mine\nother = 1\n');
});

it.each(FILES.flatMap(([file, text]) => VALUES.map(([what, json]) => [what, file, text, json] as const)))(
  'reads back %s, written into %s, as it was',
  async (_, file, text, json) => {
    await using files = await freshDir();
    const path = `${SCOPE}/${file}`;
    await files.write(path, text);
    const before = (await scanFolder(files.dir)).documents;
    await writeValue(files.dir, { scope: SCOPE, config: 'any', json, path });
    const { documents, problems } = await scanFolder(files.dir);
    expect(problems).toEqual([]);
    const readOf = (name: string) => JSON.parse(documents.find(({ config }) => config === name)?.json ?? 'null');
    expect(readOf('any')).toEqual(JSON.parse(json));
    expect(documents).toHaveLength(before.length);
    if (before.length > 1) expect(readOf('other')).toBe(12345678901234567000);
  },
);

it.each([
  ['a new file', undefined, ''],
  ['a file of YAML', `${SCOPE}/any.yaml`, '# kept\n1\n'],
  ['a file of JSON', `${SCOPE}/any.json`, '1'],
  ['a file of several', `${SCOPE}/@configs.yaml`, `other: ${'x'.repeat(900_000)}\n`],
])(
  'refuses a value with which %s would be longer than one that is read, and leaves it as it is',
  async (_, path, text) => {
    await using files = await freshDir();
    if (path) await files.write(path, text);
    // Short enough as JSON text, and too long with a line for each part.
    const json = JSON.stringify({ deep: { deeper: { list: Array.from({ length: 20_000 }, () => 'x'.repeat(48)) } } });
    expect(json.length).toBeLessThan(1_048_576);
    await expect(writeValue(files.dir, { scope: SCOPE, config: 'any', json, path })).rejects.toMatchObject({
      ...{ code: 'PAYLOAD_TOO_LARGE', message: expect.stringMatching(/^With "any" its file would take \d{7} bytes/) },
    });
    if (path) expect(await files.read(path)).toBe(text);
    const { problems, documents } = await scanFolder(files.dir);
    expect([problems, documents.length]).toEqual([[], path ? 1 : 0]);
  },
);
