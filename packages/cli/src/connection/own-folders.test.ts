import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { cacheFolder, configFolder } from './own-folders.ts';

const MODULE = new URL('own-folders.ts', import.meta.url).href;

it('is below the folder of the environment, else below the home', () => {
  expect(configFolder({ XDG_CONFIG_HOME: '/etc/ci', HOME: '/home/ann' })).toBe('/etc/ci/tenantry');
  expect(configFolder({ HOME: '/home/ann' })).toBe('/home/ann/.config/tenantry');
  expect(cacheFolder({ XDG_CACHE_HOME: '', HOME: '/home/ann' })).toBe('/home/ann/.cache/tenantry');
});

it('is never below the folder that the program is called in', () => {
  expect(configFolder({ XDG_CONFIG_HOME: '.', HOME: '/home/ann' })).toBe('/home/ann/.config/tenantry');
  expect(cacheFolder({ XDG_CACHE_HOME: 'cache', HOME: 'home' })).toBeUndefined();
});

const runs = async (code: string) => {
  const words = ['--input-type=module', '-e', `const folders = await import(${JSON.stringify(MODULE)});\n${code}`];
  return (await promisify(execFile)(process.execPath, words)).stdout;
};
const SAY = 'console.log(String(folders.cacheFolder({})), String(folders.configFolder({})));';

it('is nowhere where HOME is empty', async () => {
  expect(await runs(`process.env.HOME = '';\n${SAY}`)).toBe('undefined undefined\n');
});

it.skipIf(process.getuid?.() !== 0)(
  'is nowhere for a user without a name, as containers have one (skipped for all but root)',
  async () => {
    expect(await runs(`delete process.env.HOME;\nprocess.setgid(54321);\nprocess.setuid(54321);\n${SAY}`)).toBe(
      'undefined undefined\n',
    );
  },
);
