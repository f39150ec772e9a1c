// What an application does, as small as it can be, with whatever versions are installed: writes by hooks or by triggers, a worker, a
// reader and configs. It ends by itself, with 0 only if every step was seen to work.
import assert from 'node:assert/strict';
import { EntitySchema, MikroORM } from '@mikro-orm/mysql';
import { configStore, replication, tenantry } from '@tenantry/mikro-orm';
import { defineConfig, defineSync } from '@tenantry/protocol';
import { createClient } from '@tenantry/sdk';
import { startWorker } from '@tenantry/worker';
import { workerSource } from '@tenantry/worker-source';
import { Redis } from 'ioredis';
import { filter, firstValueFrom, timeout } from 'rxjs';

const { DATABASE_URL, REDIS_URL, PREFIX, CAPTURE } = process.env;
const PATIENCE_MS = 60_000;
const schema = { '~standard': { version: 1, vendor: 'own', validate: value => ({ value }) } };
const plans = defineSync()({ name: 'plans', tenant: 'tenantId', keys: { id: ['id'], slug: ['slug'] } });
// What is not about time must not depend on it.
const patient = { schema, cacheTimeout: '60s', databaseTimeout: '60s' };
const mode = defineConfig({ ...patient, name: 'mode', default: { on: 0 } });
const counter = defineConfig({
  ...{ ...patient, name: 'counter', default: { n: 0 } },
  ...{ writePolicy: 'write-back', secret: true },
});
const rare = defineConfig({ ...patient, name: 'rare', default: { on: 0 }, cache: 'local' });
const text = { type: 'string', length: 50 };
const Plan = new EntitySchema({
  name: 'Plan',
  properties: {
    id: { type: 'integer', primary: true, autoincrement: true },
    ...{ tenantId: text, slug: text, seats: { type: 'integer' } },
  },
});

const redis = new Redis(REDIS_URL);
const orm = await MikroORM.init({
  ...{ clientUrl: DATABASE_URL, entities: [Plan] },
  extensions: [
    tenantry({
      ...{ redis, prefix: PREFIX, capture: CAPTURE, sync: [[Plan, plans]], configs: [mode, counter, rare] },
      ...{ publishTimeoutMs: PATIENCE_MS, relayGraceMs: 50 },
    }),
  ],
});
await orm.schema.ensureDatabase();
await orm.schema.update();
const worker = await startWorker({
  orm,
  redis,
  relayEveryMs: 50,
  flushEveryMs: 50,
  onError: error => console.log(error),
});
const source = workerSource({ redis, prefix: PREFIX });
const client = await createClient({ redis: REDIS_URL, prefix: PREFIX, source, readTimeoutMs: PATIENCE_MS });
const acme = client.tenant('acme');
const globex = client.tenant('globex');
const seen = (values, wanted) => firstValueFrom(values.pipe(filter(wanted), timeout(PATIENCE_MS)));
const gold = plans.by('slug', { slug: 'gold' });

const em = orm.em.fork();
const plan = em.create(Plan, { tenantId: 'acme', slug: 'gold', seats: 5 });
await em.flush();
await seen(acme.watch(gold), value => value?.seats === 5);
plan.seats = 6;
await em.flush();
await seen(acme.watch(gold), value => value?.seats === 6);
plan.tenantId = 'globex';
await em.flush();
await seen(acme.watch(gold), value => value === undefined);
await seen(globex.watch(gold), value => value?.seats === 6);
await em.transactional(async inner => void (await inner.findOneOrFail(Plan, plan.id)).seats++);
await seen(globex.watch(gold), value => value?.seats === 7);
if (CAPTURE === 'trigger') {
  await orm.em.getConnection().execute("insert into plan (tenant_id, slug, seats) values ('acme', 'raw', 9)");
  await seen(acme.watch(plans.by('slug', { slug: 'raw' })), value => value?.seats === 9);
}
em.remove(plan);
await em.flush();
await seen(globex.watch(gold), value => value === undefined);

const store = configStore(orm).tenant('acme');
await store.set(mode, { on: 1, word: 's3cr3t' });
await seen(acme.watch(mode), value => value.on === 1);
await store.set(counter, { n: 3, word: 's3cr3t' });
await seen(acme.watch(counter), value => value.n === 3);
await store.set(rare, { on: 4 });
assert.deepEqual(await acme.get(rare), { on: 4 });
const rows = () => orm.em.getConnection().execute("select value from tenantry_config where name = 'counter'");
for (const endsAt = performance.now() + PATIENCE_MS; (await rows()).length === 0; )
  assert(performance.now() < endsAt, 'the write-back is not flushed');

await client.close();
await source.close();
await worker.close();
assert.equal((await replication(orm).audit()).left, 0);
await orm.close();
redis.disconnect();
// With an instrumentation loaded: it has seen both servers, and no value.
const spans = globalThis.recordedSpans?.();
if (spans) {
  for (const word of [/evalsha/i, /insert into/i])
    assert(
      spans.some(span => word.test(span)),
      `no span has ${word}`,
    );
  assert.deepEqual(
    spans.filter(span => span.includes('s3cr3t')),
    [],
  );
}
console.log('done');
