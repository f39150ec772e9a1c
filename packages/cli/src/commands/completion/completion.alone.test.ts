import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { mode } from '../../../../admin/src/admin.fixture.ts';
import { lab, TOKENS, tenantry, useCliLab } from '../../cli.fixture.ts';
import { SCRIPTS } from './scripts.ts';

useCliLab();
let folder: string;
beforeAll(async () => {
  for (const tenant of ['acme', 'acorn', 'zeta']) await lab.store.tenant(tenant).set(mode, 'on');
  await lab.store.scopes.setGroup('eu/west');
  // The program, by its name.
  folder = await mkdtemp(join(tmpdir(), 'tenantry-cli-'));
  const main = fileURLToPath(new URL('../../main.ts', import.meta.url));
  const sources = new URL('../../../../testing/src/sources.ts', import.meta.url).href;
  await writeFile(
    join(folder, 'tenantry'),
    `#!/bin/sh\nexec '${process.execPath}' --import '${sources}' '${main}' "$@"\n`,
    { mode: 0o755 },
  );
  for (const [shell, script] of Object.entries(SCRIPTS)) await writeFile(join(folder, `script.${shell}`), script);
});

const wordsOf = (out: string) =>
  out
    .split('\n')
    .filter(Boolean)
    .map(line => line.split('\t')[0]);
const completed = async (...words: string[]) => wordsOf((await tenantry(['__complete', '--', ...words])).out);

async function run(shell: string, script: string): Promise<string[]> {
  const env = {
    ...process.env,
    PATH: `${folder}${delimiter}${process.env.PATH}`,
    TENANTRY_URL: lab.url,
    TENANTRY_TOKEN: TOKENS.root,
  };
  const { stdout, stderr } = await promisify(execFile)(shell, ['-c', script], { env: { ...env, HOME: folder } });
  expect(stderr).toBe('');
  return stdout.split('\n').filter(Boolean);
}

const hasShell = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

describe('what may stand there', () => {
  it('is a command, an option, or a name that the server knows', async () => {
    expect(await completed('g')).toEqual(['get', 'groups', 'grants']);
    expect(await completed('groups', '')).toEqual(['list', 'get', 'members', 'set', 'delete']);
    expect(await completed('get', 'ac')).toEqual(['acme', 'acorn']);
    expect(await completed('get', 'g')).toEqual(['global', 'groups/']);
    expect(await completed('get', 'groups/')).toEqual(['groups/eu/west']);
    expect(await completed('get', 'tenants/z')).toEqual(['tenants/zeta']);
    expect(await completed('get', 'acme', 's')).toEqual(['seats']);
    expect(await completed('-o', 'json', 'get', '--debug', 'acme', 'm')).toEqual(['mode']);
    expect(await completed('set', 'acme', 'mode', '--if')).toEqual(['--if-version']);
    expect(await completed('get', 'acme', '-o', 'nd')).toEqual(['ndjson']);
    expect(await completed('list', 'acme', '--state', '')).toEqual(['set', 'inherited', 'default', 'none']);
    expect(await completed('tenants', 'set-groups', 'acme', 'gold', 'e')).toEqual(['eu/west']);
    expect(await completed('help', 'groups', 'm')).toEqual(['members']);
    expect(await completed('__c')).toEqual([]);
    expect(await completed('nope', '')).toEqual([]);
  });

  it('is what is known without a server, where there is none, and says nothing of it', async () => {
    const away = { env: { TENANTRY_URL: 'http://127.0.0.1:1' } };
    expect(await tenantry(['__complete', '--', 'get', 'g'], away)).toMatchObject({ code: 0, err: '' });
    expect(wordsOf((await tenantry(['__complete', '--', 'get', ''], away)).out)).toEqual([
      'global',
      'groups/',
      'tenants/',
    ]);
    expect(await tenantry(['__complete', '--', 'get', 'acme', ''], away)).toEqual({ code: 0, out: '', err: '' });
  });
});

it('bash completes with the script', async () => {
  const complete = (...words: string[]) =>
    run(
      'bash',
      `source '${folder}/script.bash'; complete -p tenantry >&2 2>/dev/null || exit 1; COMP_WORDS=(tenantry ${words.map(word => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _tenantry; printf '%s\\n' "\${COMPREPLY[@]}"`.replace(
        ' >&2',
        ' >/dev/null',
      ),
    );
  expect(await complete('get', 'ac')).toEqual(['acme', 'acorn']);
  expect(await complete('get', 'acme', '')).toEqual(['app/limit', 'later', 'mode', 'seats', 'token']);
});

it.skipIf(!hasShell('zsh'))('zsh completes with the script (skipped where there is no zsh)', async () => {
  // What zsh's own functions are given: they need a terminal.
  const script = `compdef() { :; }; _describe() { print -l -- "\${(@P)4}"; }; source '${folder}/script.zsh'; words=(tenantry get ac); CURRENT=3; _tenantry`;
  expect(await run('zsh', script)).toEqual(['acme:', 'acorn:']);
});

it.skipIf(!hasShell('fish'))('fish completes with the script (skipped where there is no fish)', async () => {
  const found = await run('fish', `source '${folder}/script.fish'; complete -C 'tenantry get ac'`);
  expect(found.map(line => line.split('\t')[0])).toEqual(['acme', 'acorn']);
});
