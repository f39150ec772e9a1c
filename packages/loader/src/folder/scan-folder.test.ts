import { execFileSync } from 'node:child_process';
import { mkdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FileProblem } from './file-problem.ts';
import { folderWith, put } from './folder.fixture.ts';
import type { FolderScan } from './folder-scan.ts';
import { createFolderScanner, scanFolder } from './scan-folder.ts';

const said = ({ documents }: FolderScan) => documents.map(({ scope, config, json }) => `${scope} ${config} ${json}`);
const wrong = (problems: readonly FileProblem[]) =>
  problems.map(({ path, line, column, code }) => `${path}${line === undefined ? '' : `:${line}:${column}`} ${code}`);

describe('a folder', () => {
  it('is read by scope, in three formats', async () => {
    const dir = await folderWith({
      'global/limits.yaml': 'max: 5\n',
      'groups/eu%2Fwest/limits.json': '{"max":6}',
      'groups/eu%2Fwest/@groups.yaml': '[eu]',
      'tenants/acme/limits.toml': 'max = 7\n',
      'tenants/acme/mail%2Fserver.yml': 'host: a\n',
      'tenants/acme/@groups.json': '["eu/west"]',
      'tenants/Z%C3%BCrich/@configs.yaml': 'limits: {max: 8}\n---\nmode: on\n',
      'README.md': 'notes',
      'tenants/acme/.limits.yaml.swp': 'x',
      'tenants/acme/limits.toml~': 'x',
      'tenants/acme/4913': '',
      'tenants/acme/#limits.yaml#': 'x',
    });
    const scan = await scanFolder(dir);
    expect(said(scan)).toEqual([
      'global limits {"max":5}',
      'groups/eu/west @groups ["eu"]',
      'groups/eu/west limits {"max":6}',
      'tenants/Zürich limits {"max":8}',
      'tenants/Zürich mode "on"',
      'tenants/acme @groups ["eu/west"]',
      'tenants/acme limits {"max":7}',
      'tenants/acme mail/server {"host":"a"}',
    ]);
    expect(scan.problems).toEqual([]);
    expect([...scan.scopes].sort()).toEqual(['global', 'groups/eu/west', 'tenants/Zürich', 'tenants/acme']);
    expect(scan.documents[4]?.place()).toEqual({ line: 3, column: 7 });
  });

  it('that is not there says so', async () => {
    const dir = await folderWith();
    const scan = await scanFolder(join(dir, 'gone'));
    expect(scan.isThere).toBe(false);
    expect(wrong(scan.problems)).toEqual([' UNREADABLE']);
    await put(dir, { file: 'x' });
    const file = await scanFolder(join(dir, 'file'));
    expect([file.isThere, wrong(file.problems)]).toEqual([false, [' UNREADABLE']]);
  });

  // L15, and what else no file may be
  it('has each bad file named, and the others go on', async () => {
    const outside = await folderWith({ 'secret.yaml': 'a: 1' });
    const dir = await folderWith({
      'tenants/acme/good.yaml': 'a: 1',
      'tenants/acme/broken.yaml': 'a: 1\n  b: [',
      'tenants/acme/empty.yaml': '',
      'tenants/acme/twice.yaml': 'a: 1\nb:\n  c: 1\n  c: 2\n',
      'tenants/acme/big.yaml': `a: ${'x'.repeat(2_000)}`,
      'tenants/acme/both.yaml': 'a: 1',
      'tenants/acme/both.json': '{"a":1}',
      'tenants/acme/Case.yaml': 'a: 1',
      'tenants/acme/case.yaml': 'a: 1',
      'tenants/acme/caf\u00e9.yaml': 'a: 1',
      'tenants/acme/cafe\u0301.yaml': 'a: 1',
      'tenants/acme/con.yaml': 'a: 1',
      'tenants/acme/sub/deep.yaml': 'a: 1',
      'tenants/acme/@configs.yaml': '- a',
      'tenants/acme/several.yaml': 'a: 1\n---\nb: 1\n',
      'tenants/b d/x.yaml': 'a: 1',
      'other/x.yaml': 'a: 1',
      'stray.yaml': 'a: 1',
    });
    await writeFile(join(dir, 'tenants/acme/latin.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xff]));
    await symlink(join(outside, 'secret.yaml'), join(dir, 'tenants/acme/outside.yaml'));
    await symlink('loop.yaml', join(dir, 'tenants/acme/loop.yaml'));
    await symlink('nothing.yaml', join(dir, 'tenants/acme/dangling.yaml'));
    await symlink('..', join(dir, 'tenants/again'));
    await symlink('/dev/zero', join(dir, 'tenants/acme/device.yaml'));
    await mkdir(join(dir, 'tenants/acme/folder.yaml'));
    execFileSync('mkfifo', [join(dir, 'tenants/acme/pipe.yaml')]);
    await writeFile(join(dir, 'tenants/acme/huge.yaml'), '');
    await truncate(join(dir, 'tenants/acme/huge.yaml'), 2 ** 30);
    const scan = await scanFolder(dir, { maxFileBytes: 1_000 });
    expect(said(scan)).toEqual(['tenants/acme good {"a":1}']);
    expect(wrong(scan.problems).sort()).toEqual(
      [
        'other NO_SCOPE',
        'stray.yaml NO_SCOPE',
        'tenants/acme/@configs.yaml:1:1 NOT_JSON',
        'tenants/acme/Case.yaml TWINS',
        'tenants/acme/big.yaml TOO_LARGE',
        'tenants/acme/both.json:1:1 DUPLICATE',
        'tenants/acme/both.yaml:1:1 DUPLICATE',
        'tenants/acme/broken.yaml:1:4 NOT_PARSED',
        'tenants/acme/cafe\u0301.yaml TWINS',
        'tenants/acme/caf\u00e9.yaml TWINS',
        'tenants/acme/case.yaml TWINS',
        'tenants/acme/con.yaml BAD_NAME',
        'tenants/acme/dangling.yaml MISSING_TARGET',
        'tenants/acme/device.yaml OUTSIDE',
        'tenants/acme/empty.yaml:1:1 NOT_PARSED',
        'tenants/acme/folder.yaml NO_SCOPE',
        'tenants/acme/huge.yaml TOO_LARGE',
        'tenants/acme/latin.yaml NOT_PARSED',
        'tenants/acme/loop.yaml LINK_LOOP',
        'tenants/acme/outside.yaml OUTSIDE',
        'tenants/acme/pipe.yaml NOT_A_FILE',
        'tenants/acme/several.yaml:3:1 NOT_JSON',
        'tenants/acme/sub NO_SCOPE',
        'tenants/acme/twice.yaml:4:3 NOT_PARSED',
        'tenants/again LINK_LOOP',
        'tenants/b d BAD_NAME',
      ].sort(),
    );
    expect(scan.problems.find(({ path }) => path === 'tenants/b d')?.message).toContain('write `b%20d`');
  });

  it('has a config in neither of two files, also where one of them has a problem: mended, there would be two', async () => {
    const dir = await folderWith({
      'global/limits.yaml': 'a: [1',
      'global/limits.json': '{"a":2}',
      'global/Mode.yaml': '1',
      'global/mode.yaml': '1',
      'global/mode.json': '2',
      'global/other.json': '3',
    });
    const scan = await scanFolder(dir);
    expect(said(scan)).toEqual(['global other 3']);
    expect(wrong(scan.problems)).toEqual([
      'global/Mode.yaml TWINS',
      'global/limits.json:1:1 DUPLICATE',
      expect.stringMatching(/^global\/limits\.yaml:\d+:\d+ NOT_PARSED$/),
      'global/mode.json:1:1 DUPLICATE',
      'global/mode.yaml TWINS',
    ]);
    await put(dir, { 'global/limits.yaml': 'a: 1' });
    expect(said(await scanFolder(dir))).toEqual(['global other 3']);
  });

  it('of TOML with the line ends of Windows has the same value and the same places', async () => {
    const text = 'a = 1\nlong = """\nfirst\nsecond"""\nexact = "x\\r\\n"\nb = 2\n';
    const values = await Promise.all(
      [text, text.replaceAll('\n', '\r\n')].map(async toml => {
        const { documents } = await scanFolder(await folderWith({ 'global/limits.toml': toml }));
        return documents.map(({ json, place }) => [json, place('/b')]);
      }),
    );
    expect(values[0]).toEqual([['{"a":1,"long":"first\\nsecond","exact":"x\\r\\n","b":2}', { line: 6, column: 1 }]]);
    expect(values[1]).toEqual(values[0]);
  });

  it('with more files than the limit has none of them read', async () => {
    const dir = await folderWith({ 'global/a.yaml': '1', 'global/b.yaml': '2' });
    const scan = await scanFolder(dir, { maxFiles: 1 });
    expect(scan.documents).toEqual([]);
    expect(wrong(scan.problems)).toEqual([' TOO_MANY']);
  });
});

describe('the mount of a ConfigMap', () => {
  async function swap(dir: string, state: string, files: Record<string, string>): Promise<void> {
    await put(join(dir, `..${state}`), files);
    await symlink(`..${state}`, join(dir, '..data_tmp'));
    await rename(join(dir, '..data_tmp'), join(dir, '..data'));
  }

  it('is read through `..data`, and not twice', async () => {
    const dir = await folderWith();
    await swap(dir, '2026_1', { 'tenants/acme/limits.yaml': 'a: 1', 'global/limits.yaml': 'a: 1' });
    for (const name of ['tenants', 'global']) await symlink(`..data/${name}`, join(dir, name));
    const scanner = createFolderScanner(dir);
    expect(said(await scanner.scan())).toEqual(['global limits {"a":1}', 'tenants/acme limits {"a":1}']);
    await swap(dir, '2026_2', { 'tenants/acme/limits.yaml': 'a: 2' });
    await rm(join(dir, '..2026_1'), { recursive: true });
    const scan = await scanner.scan();
    expect(said(scan)).toEqual(['tenants/acme limits {"a":2}']);
    expect(scan.problems).toEqual([]);
  });

  it('may be of one scope', async () => {
    const dir = await folderWith();
    const mount = join(dir, 'tenants/acme');
    await swap(mount, '2026_1', { 'limits.yaml': 'a: 1' });
    await symlink('..data/limits.yaml', join(mount, 'limits.yaml'));
    expect(said(await scanFolder(dir))).toEqual(['tenants/acme limits {"a":1}']);
  });
});
