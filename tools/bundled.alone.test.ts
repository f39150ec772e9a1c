import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freshDatabase, freshPrefix, type NodeProcess, spawnNode, testServers } from '@tenantry/testing';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageSources } from '../packages/testing/src/package-sources.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

// As an application is shipped: each process is a bundle, every name in it is a letter or two, and there is no node_modules.
const DEFINITIONS = `
  import { defineConfig, defineSync } from '@tenantry/protocol';
  import { z } from 'zod';
  export const plans = defineSync()({ name: 'plans', tenant: 'tenantId', keys: { id: ['id'], slug: ['slug'] } });
  export const mode = defineConfig({ name: 'mode', schema: z.object({ on: z.boolean() }), default: { on: false }, writePolicy: 'write-back', cacheTimeout: '30s' });
  export const prefix = process.env.PREFIX;`;
const ORM = (kind: string) => `
  import { EntitySchema, MikroORM } from '@mikro-orm/${kind}';
  import { replication, tenantry } from '@tenantry/mikro-orm';
  import { Redis } from 'ioredis';
  import { mode, plans, prefix } from './definitions.ts';
  export const redis = new Redis(process.env.REDIS_URL);
  export const Plan = new EntitySchema({
    name: 'Plan',
    properties: {
      id: { type: 'integer', primary: true, autoincrement: true },
      tenantId: { type: 'string', length: 50 }, slug: { type: 'string', length: 50 }, seats: { type: 'integer' },
    },
    uniques: [{ properties: ['tenantId', 'slug'] }],
  });
  export const orm = await MikroORM.init({
    clientUrl: process.env.DATABASE_URL, entities: [Plan],
    extensions: [tenantry({ redis, prefix, sync: [[Plan, plans]], configs: [mode], publishTimeoutMs: 30_000 })],
  });`;
const PROGRAMS: Record<string, string> = {
  writer: `
    import { configStore, replication } from '@tenantry/mikro-orm';
    import { mode } from './definitions.ts';
    import { orm, Plan, redis } from './orm.ts';
    await orm.schema.update();
    const em = orm.em.fork();
    const plan = em.create(Plan, { tenantId: 'acme', slug: 'gold', seats: 5 });
    await em.flush();
    // What MikroORM says of the database: our own code and the application's tell it by its class.
    em.create(Plan, { tenantId: 'acme', slug: 'gold', seats: 6 });
    const refused = await em.flush().catch(error => error.code);
    await configStore(orm).tenant('acme').set(mode, { on: true });
    // One for the relay.
    await orm.em.getConnection().execute("insert into plan (tenant_id, slug, seats) values ('acme', 'silver', 7)");
    await orm.em.getConnection().execute("insert into tenantry_outbox (transaction_id, source, record_id, tenant, op, attempts, available_at, created_at) select 'x', 'plans', id, 'acme', 'create', 0, 0, 0 from plan where slug = 'silver'");
    await replication(orm).settled();
    await orm.close();
    redis.disconnect();
    console.log('wrote', plan.seats, refused);`,
  worker: `
    import { startWorker } from '@tenantry/worker';
    import { orm, redis } from './orm.ts';
    const worker = await startWorker({ orm, redis, relayEveryMs: 50, flushEveryMs: 50, onError: error => console.log('error', error.code, error.message) });
    console.log('ready');
    process.once('SIGTERM', async () => { await worker.close(); await orm.close(); redis.disconnect(); console.log('stopped'); });`,
  reader: `
    import { createClient } from '@tenantry/sdk';
    import { mode, plans, prefix } from './definitions.ts';
    const client = await createClient({ redis: process.env.REDIS_URL, prefix, readTimeoutMs: 30_000 });
    const acme = client.tenant('acme');
    acme.watch(plans.by('slug', { slug: 'gold' })).subscribe(plan => console.log('gold', plan?.seats));
    acme.watch(plans.by('slug', { slug: 'silver' })).subscribe(plan => console.log('silver', plan?.seats));
    acme.watch(mode).subscribe(({ on }) => console.log('mode', on));
    process.once('SIGTERM', () => client.close());`,
};

const started: AsyncDisposable[] = [];
let folder: string;
let start: (name: string) => NodeProcess;

beforeAll(async () => {
  const database = await freshDatabase();
  started.push(database);
  await mkdir(join(root, '.tenantry'), { recursive: true });
  folder = await mkdtemp(join(root, '.tenantry/bundled-'));
  started.push({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) });
  const files = { definitions: DEFINITIONS, orm: ORM(database.kind), ...PROGRAMS };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, `${name}.ts`), text);
  const bundle = await rolldown({
    cwd: folder,
    input: Object.keys(PROGRAMS).map(name => join(folder, `${name}.ts`)),
    platform: 'node',
    // Imported only where it is used: other databases, and what MikroORM can do without.
    external: [/^(libsql|better-sqlite3|@mikro-orm\/(?!core|sql|mysql|mariadb|postgresql))/, 'pg-native'],
    resolve: { alias: Object.fromEntries(packageSources()) },
    onLog: () => undefined,
  });
  await bundle.write({ dir: join(folder, 'out'), minify: true, entryFileNames: '[name].mjs' });
  await bundle.close();
  const names = freshPrefix();
  started.push(names);
  const env = { DATABASE_URL: database.url, REDIS_URL: testServers().redisUrl, PREFIX: names.prefix };
  start = name => {
    const child = spawnNode(join(folder, `out/${name}.mjs`), [], env);
    started.push(child);
    return child;
  };
});
afterAll(async () => {
  for (const each of started.reverse()) await each[Symbol.asyncDispose]();
});

it('has left no class its name', async () => {
  const out = await readFile(join(folder, 'out/writer.mjs'), 'utf8');
  expect(out).not.toMatch(/class \w{6,}/);
});

it('writes, relays, flushes and reads as minified bundles', async () => {
  const writer = start('writer');
  expect(await writer.exit, writer.lines.join('\n')).toBe(0);
  expect(writer.lines.at(-1)).toMatch(/^wrote 5 (ER_DUP_ENTRY|23505)$/);
  const [worker, reader] = [start('worker'), start('reader')];
  for (const line of ['gold 5', 'silver 7', 'mode true']) await reader.waitForLine(line);
  await worker.waitForLine('ready');
  await reader.kill('SIGTERM');
  await worker.kill('SIGTERM');
  expect(await worker.exit, worker.lines.join('\n')).toBe(0);
  // A busy machine makes its steps late, which it says, and takes them again.
  const errors = worker.lines.filter(line => line.startsWith('error') && !/longer than its budget/.test(line));
  expect(errors).toEqual([]);
  expect(reader.lines.filter(line => /error/i.test(line))).toEqual([]);
});
