import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SOURCES = new URL('../../testing/src/sources.ts', import.meta.url).href;

/** Runs a program that is told to be on this version of Node.js. */
function onNode(version: string, main: string) {
  const versions = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  const args = ['--import', SOURCES, '--import', `data:text/javascript,${encodeURIComponent(versions)}`];
  const path = fileURLToPath(new URL(main, import.meta.url));
  return spawnSync(process.execPath, [...args, path, '--help'], { encoding: 'utf8' });
}

it.each([
  ['tenantry', './main.ts'],
  ['tenantry-worker', '../../worker/src/main.ts'],
  ['tenantry-admin', '../../admin/src/main.ts'],
])('%s says in one line which Node it needs, and runs on the oldest one that it takes', (program, main) => {
  for (const version of ['20.20.2', '22.17.9'])
    expect(onNode(version, main)).toMatchObject({
      status: 1,
      stdout: '',
      stderr: `${program}: needs Node 22.18 or newer, this is ${version}\n`,
    });
  for (const version of ['22.18.0', '24.0.0']) expect(onNode(version, main)).toMatchObject({ status: 0, stderr: '' });
});
