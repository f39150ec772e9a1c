import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { defineConfig } from '@tenantry/protocol';
import { spawnNode } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { configPut } from '../../sdk/src/published-configs.fixture.ts';
import { startWorld } from '../../sdk/src/world.fixture.ts';

const root = new URL('../../../', import.meta.url);
const page = await readFile(new URL('docs/guides/openfeature.md', root), 'utf8');

it('the program of the guide prints what the page says, before the tenant has a value and after it', async () => {
  const [, name = '', text = ''] = /```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)```/.exec(page) ?? [];
  await using world = startWorld();
  // Inside the workspace, so that imports are found as in an application that has installed the packages.
  await mkdir(new URL('.tenantry', root), { recursive: true });
  const folder = await mkdtemp(fileURLToPath(new URL('.tenantry/openfeature-', root)));
  await using _ = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
  // The budgets that are right for an application are short on a busy machine.
  const patient = text
    .replace('createClient({', `createClient({ prefix: '${world.prefix}', readTimeoutMs: 30_000,`)
    .replace("name: 'checkout',", "name: 'checkout', cacheTimeout: '30s', databaseTimeout: '30s',");
  await writeFile(`${folder}/${name}`, patient);
  const run = async () => {
    await using child = spawnNode(`${folder}/${name}`, [], { REDIS_URL: world.redisUrl });
    expect(await child.exit, child.lines.join('\n')).toBe(0);
    return child.lines;
  };
  expect(await run()).toEqual(['new flow false', 'items 20 DEFAULT undefined']);
  const checkout = defineConfig({ name: 'checkout', schema: z.unknown() });
  await world.apply('acme', configPut(checkout, 2, { newFlow: true, mostItems: 0 }));
  expect(await run()).toEqual(['new flow true', 'items 0 STATIC v2']);
});
