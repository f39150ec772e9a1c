import { afterAll, beforeAll, expect, it } from 'vitest';
import { callDev } from '../call-dev.fixture.ts';
import { configs, freshDir, QUICK } from '../folder.fixture.ts';
import { type Dev, startDev } from '../start-dev.ts';

let files: Awaited<ReturnType<typeof freshDir>>;
let dev: Dev;

beforeAll(async () => {
  files = await freshDir();
  dev = await startDev({ dir: files.dir, configs, port: 0, ...QUICK });
});

afterAll(async () => {
  await dev?.close();
  await files?.[Symbol.asyncDispose]();
});

const call = (method: string, path: string, body?: unknown) => callDev(dev, method, path, body);

it('writes groups together with values, and takes them back where a value is refused', async () => {
  const bulk = (name: string, changes: object[]) =>
    call('POST', `/groups/${name}/configs`, { changes, groups: { groups: [], ifVersion: 0 } });
  const origin = 'file:ci:groups/made/range.yaml#1f';
  const good = { config: 'range', value: { min: 1, max: 7 }, ifVersion: 0, origin };
  expect(await bulk('made', [good])).toMatchObject({ status: 200, body: { groups: { version: 1 } } });
  expect(await files.read('groups/made/range.yaml')).toBe('max: 7\nmin: 1\n');
  const refused = await bulk('unmade', [{ ...good, ifVersion: 3 }]);
  expect(refused).toMatchObject({ status: 412, body: { code: 'CONFLICT' } });
  expect(await call('GET', '/groups/unmade')).toMatchObject({ status: 404 });
  await expect(files.read('groups/unmade/@groups.yaml')).rejects.toMatchObject({ code: 'ENOENT' });
  const owned = await call('GET', '/owned?loader=ci');
  expect(owned.body).toEqual({ items: [{ scope: 'groups/made', config: 'range', version: 1, origin }] });
  const stored = await call('POST', '/stored', { scopes: ['groups/made'], configs: ['range'] });
  expect(stored.body).toMatchObject({
    scopes: [{ groups: { groups: [] }, configs: [{ name: 'range', version: 1, json: '{"min":1,"max":7}' }] }],
  });
});
