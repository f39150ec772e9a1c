import { chmod, mkdir, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lab, TOKENS, tenantry, useCliLab } from '../cli.fixture.ts';

useCliLab();
const home = async () => ({ XDG_CONFIG_HOME: await mkdtemp(join(tmpdir(), 'tenantry-cli-')), TENANTRY_TOKEN: '' });

describe('a profile', () => {
  it('keeps the server and the token, for its owner alone, and is used where nothing else is said', async () => {
    const env = { ...(await home()), TENANTRY_URL: '' };
    expect(await tenantry(['me'], { env })).toMatchObject({ code: 1, err: expect.stringContaining('NOT_CONFIGURED') });
    const added = await tenantry(['profile', 'add', 'prod', '--url', `${lab.url}/`], {
      env,
      stdin: `${TOKENS.root}\n`,
    });
    expect(added).toEqual({ code: 0, err: '', out: `profile prod: ${lab.url}\n` });
    const file = join(env.XDG_CONFIG_HOME, 'tenantry/config.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await tenantry(['me', '-o', 'json'], { env })).out).toContain('"id": "root"');
    const list = await tenantry(['profile', 'list'], { env });
    expect(list.out).toMatch(/^PROFILE +CURRENT +URL +TOKEN\nprod +\* +http.* +kept here\n$/);
    await tenantry(['login', '--profile', 'prod'], { env, stdin: TOKENS.ann });
    expect((await tenantry(['me', '-o', 'json'], { env })).out).toContain('"id": "ann"');
    // A token that is refused is not kept.
    expect((await tenantry(['login'], { env, stdin: 'token-of-nobody-1234567' })).code).toBe(3);
    expect(await readFile(file, 'utf8')).toContain(TOKENS.ann);
    await tenantry(['logout'], { env });
    expect(await readFile(file, 'utf8')).not.toContain('token');
    expect((await tenantry(['me'], { env })).err).toContain(
      'NOT_SIGNED_IN: No token was sent: the profile prod has none.',
    );
  });

  it('whose token others can read is refused, and one whose token is in a file of its own reads it each time', async () => {
    const env = { ...(await home()), TENANTRY_URL: '' };
    const tokenFile = join(env.XDG_CONFIG_HOME, 'token');
    await writeFile(tokenFile, `${TOKENS.root}\n`);
    await tenantry(['profile', 'add', 'ci', '--url', lab.url, '--token-file', tokenFile], { env });
    expect((await tenantry(['me'], { env })).code).toBe(0);
    await writeFile(tokenFile, '\n');
    expect((await tenantry(['me'], { env })).err).toContain('INVALID_OPTION: The token is empty');
    await writeFile(tokenFile, 'token-of-nobody-1234567');
    expect(await tenantry(['me'], { env })).toMatchObject({
      code: 3,
      err: expect.stringContaining('The server does not know the token of the profile ci, or it has ended.'),
    });
    const file = join(env.XDG_CONFIG_HOME, 'tenantry/config.json');
    // Without a token in it anybody may read it.
    await chmod(file, 0o644);
    expect((await tenantry(['profile', 'list'], { env })).code).toBe(0);
    await tenantry(['profile', 'add', 'prod', '--url', lab.url], { env, stdin: TOKENS.root });
    await chmod(file, 0o640);
    const refused = await tenantry(['me', '--profile', 'prod'], { env });
    expect(refused).toMatchObject({
      code: 3,
      out: '',
      err: expect.stringMatching(/UNSAFE_FILE: .*mode 640.*chmod 600/),
    });
    expect(refused.err).not.toContain(TOKENS.root);
  });

  it('is the one of TENANTRY_PROFILE for login and logout, too: no token goes to the server of another one', async () => {
    const env = { ...(await home()), TENANTRY_URL: '' };
    for (const name of ['prod', 'staging'])
      await tenantry(['profile', 'add', name, '--url', `${lab.url}`, '--without-token'], { env });
    const profiles = async () =>
      JSON.parse(await readFile(join(env.XDG_CONFIG_HOME, 'tenantry/config.json'), 'utf8')).profiles;
    const staging = { ...env, TENANTRY_PROFILE: 'staging' };
    expect((await tenantry(['login'], { env: staging, stdin: TOKENS.ann })).out).toBe('staging: you are ann\n');
    expect(await profiles()).toMatchObject({ prod: { url: lab.url }, staging: { token: TOKENS.ann } });
    expect((await profiles()).prod).not.toHaveProperty('token');
    expect((await tenantry(['logout'], { env: staging })).out).toBe('staging: the token is forgotten\n');
    for (const words of [['login'], ['login', '--url', lab.url], ['logout', '--url', lab.url]])
      expect((await tenantry(words, { env: { ...env, TENANTRY_PROFILE: 'nowhere' }, stdin: TOKENS.ann })).code).toBe(1);
  });

  it('comes from no file of the current folder, and `constructor`, which every object has, names none', async () => {
    const { XDG_CONFIG_HOME } = await home();
    await tenantry(['profile', 'add', 'theirs', '--url', lab.url], { env: { XDG_CONFIG_HOME }, stdin: TOKENS.root });
    const env = { XDG_CONFIG_HOME: relative('', XDG_CONFIG_HOME), HOME: '/nowhere', TENANTRY_URL: '' };
    expect(await tenantry(['me'], { env })).toMatchObject({ code: 1, err: expect.stringContaining('NOT_CONFIGURED') });
    for (const verb of ['use', 'remove'])
      expect(await tenantry(['profile', verb, 'constructor'], { env: { XDG_CONFIG_HOME } })).toMatchObject({
        ...{ code: 1, out: '', err: expect.stringContaining('There is no profile "constructor"') },
      });
  });

  it('is not looked for where the environment says all, and is none where the home is no folder', async () => {
    const { XDG_CONFIG_HOME } = await home();
    await mkdir(join(XDG_CONFIG_HOME, 'tenantry'));
    await writeFile(join(XDG_CONFIG_HOME, 'tenantry/config.json'), 'broken');
    expect(await tenantry(['me'], { env: { XDG_CONFIG_HOME } })).toMatchObject({ code: 0, err: '' });
    for (const more of [{ TENANTRY_TOKEN: '' }, { TENANTRY_URL: '' }, { TENANTRY_PROFILE: 'prod' }])
      expect(await tenantry(['me'], { env: { XDG_CONFIG_HOME, ...more } })).toMatchObject({
        ...{ code: 1, err: expect.stringContaining('is not what `tenantry profile add` writes') },
      });
    const env = { HOME: '/dev/null', TENANTRY_TOKEN: '' };
    expect((await tenantry(['me'], { env })).err).toContain('NOT_SIGNED_IN: No token was sent');
  });

  it('finds the file of its token from every folder', async () => {
    const env = { ...(await home()), TENANTRY_URL: '' };
    const tokenFile = relative('', join(env.XDG_CONFIG_HOME, 'token'));
    await tenantry(['profile', 'add', 'ci', '--url', lab.url, '--token-file', tokenFile], { env });
    const file = await readFile(join(env.XDG_CONFIG_HOME, 'tenantry/config.json'), 'utf8');
    expect(JSON.parse(file).profiles.ci.tokenFile).toBe(join(env.XDG_CONFIG_HOME, 'token'));
  });

  it('gives its token to its own server alone', async () => {
    const env = { ...(await home()), TENANTRY_URL: '' };
    await tenantry(['profile', 'add', 'prod', '--url', 'https://admin.example.com'], { env, stdin: TOKENS.root });
    const { code, err } = await tenantry(['me', '--url', lab.url], { env });
    expect([code, err]).toEqual([
      3,
      expect.stringContaining('No token was sent: that of the profile prod is for https://admin.example.com alone.'),
    ]);
    for (const url of ['https://ann:hunter2@example.com', 'ftp://example.com', 'example', 'https://example.com?x=1']) {
      const refused = await tenantry(['me', '--url', url], { env });
      expect(refused.code).toBe(1);
      expect(refused.err).not.toContain('hunter2');
    }
  });
});
