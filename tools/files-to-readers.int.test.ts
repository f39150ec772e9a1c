import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { startLoader } from '@tenantry/loader';
import { defineConfig } from '@tenantry/protocol';
import { createClient } from '@tenantry/sdk';
import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { folderWith, put } from '../packages/loader/src/folder/folder.fixture.ts';
import { Plan, plans } from '../packages/mikro-orm/src/plans.fixture.ts';
import { openSystem } from '../packages/mikro-orm/src/system.fixture.ts';

// What is not about budgets must not depend on them: the machine is busy.
const PATIENT = { cacheTimeout: '30s', databaseTimeout: '30s' } as const;
const limits = defineConfig({ ...PATIENT, name: 'limits', schema: z.object({ max: z.number() }), inherit: 'replace' });
const mode = defineConfig({ ...PATIENT, name: 'mode', schema: z.string() });

it('what files say reaches readers: at the start, with every change, and all of a scope in one step', async () => {
  await using system = await openSystem({ sync: [[Plan, plans]], tenantry: { configs: [limits, mode] } });
  const dir = await folderWith({ 'global/limits.yaml': 'max: 1', 'tenants/acme/mode.yaml': 'a' });
  await using client = await createClient({ redis: system.redis, prefix: system.prefix, readTimeoutMs: 10_000 });
  const acme = client.tenant('acme');
  const seen: unknown[] = [];
  const subscription = acme.watchMany({ limits, mode }).subscribe(values => seen.push(values));
  await using _loader = startLoader({ orm: system.orm as never, dir, settleMs: 1_000, scanMs: 100 });
  await eventually(() => expect(seen.at(-1)).toEqual({ limits: { max: 1 }, mode: 'a' }));
  const before = seen.length;
  // Written beside their places first: from one to the other it may take longer than the files have to settle.
  await put(dir, { 'tenants/acme/.mode': 'b', 'tenants/acme/.limits': 'max: 2' });
  const place = (name: string) => join(dir, 'tenants/acme', name);
  await Promise.all(['mode', 'limits'].map(name => rename(place(`.${name}`), place(`${name}.yaml`))));
  await eventually(() => expect(seen.at(-1)).toEqual({ limits: { max: 2 }, mode: 'b' }));
  expect(seen.length).toBe(before + 1);
  subscription.unsubscribe();
});
