import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startFaultProxy } from '@tenantry/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { mode } from '../../../../admin/src/admin.fixture.ts';
import { lab, TOKENS, tenantry, useCliLab } from '../../cli.fixture.ts';
import { SCRIPTS } from './scripts.ts';

/** Names that a shell would take apart, or for something else. */
const ODD = ['o:d', 'o d', 'o$(touch x)', "o'q", 'o"q', 'o/d', '-o'];

const PATIENT = ['--timeout', '60000'];

useCliLab();
let folder: string;
beforeAll(async () => {
  for (const tenant of ['acme', 'acorn', 'zeta', ...ODD]) await lab.store.tenant(tenant).set(mode, 'on');
  await lab.store.scopes.setGroup('eu/west');
  // The program, by its name, which waits for the server as long as a busy machine takes.
  const patiently = `[ "$1" = __complete ] && shift 2 && set -- __complete -- ${PATIENT.join(' ')} "$@"`;
  folder = await mkdtemp(join(tmpdir(), 'tenantry-cli-'));
  const main = fileURLToPath(new URL('../../main.ts', import.meta.url));
  const sources = new URL('../../../../testing/src/sources.ts', import.meta.url).href;
  await writeFile(
    join(folder, 'tenantry'),
    `#!/bin/sh
${patiently}
exec '${process.execPath}' --import '${sources}' '${main}' "$@"
`,
    { mode: 0o755 },
  );
  for (const [shell, script] of Object.entries(SCRIPTS)) await writeFile(join(folder, `script.${shell}`), script);
});

const wordsOf = (out: string) =>
  out
    .split('\n')
    .filter(Boolean)
    .map(line => line.split('\t')[0]);
const completed = async (...words: string[]) =>
  wordsOf((await tenantry(['__complete', '--', ...PATIENT, ...words])).out);

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
    expect(await completed('get', 'acme', '--output=nd')).toEqual(['--output=ndjson']);
    expect(await completed('audit', 'list', '--config=se')).toEqual(['--config=seats']);
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

  it('is waited for as long as the line says', async () => {
    const { hostname, port } = new URL(lab.url);
    await using proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
    const env = { TENANTRY_URL: `http://${proxy.host}:${proxy.port}` };
    proxy.set('stall');
    const begun = tenantry(['__complete', '--', ...PATIENT, 'get', 'ac'], { env });
    const soon = await tenantry(['__complete', '--', '--timeout', '50', 'get', 'ac'], { env });
    expect(soon).toEqual({ code: 0, out: '', err: '' });
    proxy.set('pass');
    expect(wordsOf((await begun).out)).toEqual(['acme', 'acorn']);
  });
});

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

describe('bash completes with the script', () => {
  // `line` is what was typed, `words` what bash makes of it: it splits at `:` and `=`, and leaves quotes.
  const complete = (line: string, ...words: string[]) =>
    run(
      'bash',
      [
        `source ${quoted(`${folder}/script.bash`)}; complete -p tenantry >/dev/null || exit 1`,
        `COMP_LINE=${quoted(line)}; COMP_WORDS=(${words.map(quoted).join(' ')}); COMP_CWORD=${words.length - 1}`,
        `_tenantry; printf '%s\\n' "\${COMPREPLY[@]}"`,
      ].join('\n'),
    );

  it('names, each by each', async () => {
    expect(await complete('tenantry get ac', 'tenantry', 'get', 'ac')).toEqual(['acme', 'acorn']);
    const configs = await complete('tenantry get acme ', 'tenantry', 'get', 'acme', '');
    expect(configs).toEqual(['app/limit', 'later', 'mode', 'seats', 'token']);
    const all = await complete('tenantry get ', 'tenantry', 'get', '');
    expect(all).toContain('tenants/o/d');
    expect(all).toContain('tenants/-o');
  });

  it('names that the shell would take apart, as one word', async () => {
    const odd = await complete('tenantry get o', 'tenantry', 'get', 'o');
    expect(odd.sort()).toEqual(['o:d', 'o\\ d', 'o\\"q', 'o\\$\\(touch\\ x\\)', "o\\'q"].sort());
    expect(await complete('tenantry get o:', 'tenantry', 'get', 'o', ':')).toEqual(['d']);
    expect(await complete('tenantry get o:d', 'tenantry', 'get', 'o', ':', 'd')).toEqual(['d']);
    expect(await complete('tenantry get tenants/o:', 'tenantry', 'get', 'tenants/o', ':')).toEqual(['d']);
    expect(await complete('tenantry get o\\ ', 'tenantry', 'get', 'o\\ ')).toEqual(['o\\ d']);
    expect(await complete('tenantry get "o ', 'tenantry', 'get', '"o ')).toEqual(['o d']);
    expect(await complete('tenantry get "o$', 'tenantry', 'get', '"o$')).toEqual(['o\\$(touch x)']);
    expect(await complete("tenantry get 'o d' se", 'tenantry', 'get', "'o d'", 'se')).toEqual(['seats']);
  });

  it('values of options behind `=`, and what comes after an address', async () => {
    expect(await complete('tenantry get x --output=nd', 'tenantry', 'get', 'x', '--output', '=', 'nd')).toEqual([
      'ndjson',
    ]);
    const { host } = new URL(lab.url);
    const [name = '', port = ''] = host.split(':');
    const words = ['tenantry', '--url', 'http', ':', `//${name}`, ':', port, 'get', 'acm'];
    expect(await complete(`tenantry --url http://${host} get acm`, ...words)).toEqual(['acme']);
  });
});

it.skipIf(!hasShell('zsh'))('zsh completes with the script (skipped where there is no zsh)', async () => {
  // What zsh's own functions are given: they need a terminal.
  const script = `compdef() { :; }; _describe() { print -rl -- "\${(@P)4}"; }; source '${folder}/script.zsh'; `;
  const complete = (...words: string[]) =>
    run('zsh', `${script}; words=(${words.map(quoted).join(' ')}); CURRENT=${words.length}; _tenantry`);
  expect(await complete('tenantry', 'get', 'ac')).toEqual(['acme:', 'acorn:']);
  expect(await complete('tenantry', 'get', 'o:')).toEqual(['o\\:d:']);
  expect(await complete('tenantry', 'get', 'o\\ ')).toEqual(['o d:']);
  expect(await complete('tenantry', 'get', '"o ')).toEqual(['o d:']);
  expect(await complete('tenantry', 'get', "'o d'", 'se')).toEqual(['seats:plans']);
});

it.skipIf(!hasShell('fish'))('fish completes with the script (skipped where there is no fish)', async () => {
  const found = await run('fish', `source '${folder}/script.fish'; complete -C 'tenantry get ac'`);
  expect(found.map(line => line.split('\t')[0])).toEqual(['acme', 'acorn']);
  const complete = (line: string) =>
    run('fish', `source '${folder}/script.fish'; complete -C ${JSON.stringify(line).replaceAll('$', '\\$')}`);
  expect(await complete('tenantry get o:')).toEqual(['o:d']);
  expect(await complete('tenantry get "o ')).toEqual(['o d']);
  expect(await complete('tenantry get o\\ ')).toEqual(['o d']);
  // Files, where a file is meant.
  expect(await complete(`tenantry check ${folder}/script.f`)).toEqual([`${folder}/script.fish`]);
});
