import { writeBack } from '@tenantry/mikro-orm';
import { defineSync } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { Plan } from '../../../../mikro-orm/src/plans.fixture.ts';
import { lab, later, useLab } from '../../admin.fixture.ts';

/** Most rows of it are too large to be published. */
const small = defineSync<Plan>()({ name: 'plans', tenant: 'tenantId', keys: { id: ['id'] }, maxBytes: 500 });

/** Between the attempts of a write-back are pauses: so far has the clock moved on. */
let passed = 0;

useLab({ system: { sync: [[Plan, small]], tenantry: { maxAttempts: 1, clock: () => Date.now() + passed } } });
const root = () => lab.as('root');

it('the overview has the servers, what waits, and who reads', async () => {
  await lab.store.tenant('acme').set(later, 5);
  await lab.client.tenant('acme').get(later);
  const overview = await eventually(async () => {
    const { body } = await root().get('/operations');
    return body.readers === 1 && body.writeBack.dirty === 1 && body.writeBack.oldestAgeMs > 0 && body;
  });
  expect(overview).toMatchObject({
    ...{ redis: { reachable: true }, database: { reachable: true }, streams: 0 },
    ...{ outbox: { waiting: 0, dead: 0 }, writeBack: { dirty: 1, dead: 0 } },
  });
  expect(overview.redis.version).toMatch(/^\d+\./);
  // Those of other tests come and go on the same Redis: they have other prefixes.
  const readers = (await root().get('/operations/readers')).body.items;
  expect(readers).toHaveLength(1);
  expect(readers[0]).toMatchObject({ address: expect.stringMatching(/:\d+$/) });
  await lab.give({ who: 'user:op', verbs: ['operate'], scope: 'installation' });
  expect((await lab.as('op').get('/operations/readers')).text).not.toContain('127.0.0.1');
  expect((await lab.as('op').get('/tenants/acme/configs')).status).toBe(404);
});

it('the overview says how long the oldest change waits', async () => {
  const table = 'tenantry_outbox';
  const waiting = async () => (await root().get('/operations')).body.outbox;
  await eventually(async () => expect(await waiting()).toEqual({ waiting: 0, dead: 0 }));
  // In ten minutes it is due, and was written an hour ago.
  const [created, due] = [Date.now() - 3_600_000, Date.now() + 600_000];
  await lab.system.sql(
    `insert into ${table} (transaction_id, source, record_id, op, created_at, available_at)
     values ('waits', 'gone', '1', 'update', ${created}, ${due})`,
  );
  const { oldestAgeMs, ...counts } = await waiting();
  expect(counts).toEqual({ waiting: 1, dead: 0 });
  expect(oldestAgeMs).toBeGreaterThan(3_590_000);
  expect(oldestAgeMs).toBeLessThan(3_700_000);
  await lab.system.sql(`delete from ${table} where source = 'gone'`);
});

it('dead rows are listed, tried again and forgotten, and that is written down', async () => {
  const em = lab.system.em();
  for (let i = 0; i < 3; i++) em.create(Plan, { tenantId: 'acme', slug: `d${i}`, name: 'x', notes: 'y'.repeat(600) });
  await em.flush();
  const list = async (query = '') => (await root().get(`/operations/dead-rows${query}`)).body;
  await eventually(async () => {
    await lab.system.replication.relay();
    return (await list()).items.length === 3;
  });
  const first = await list('?limit=2');
  expect(first.items[0]).toMatchObject({
    definition: 'plans',
    tenant: 'acme',
    attempts: 1,
    error: expect.stringContaining('PAYLOAD_TOO_LARGE'),
  });
  const rest = await list(`?limit=2&cursor=${first.cursor}`);
  expect(rest.items).toHaveLength(1);
  const post = (what: string, ids?: string[]) =>
    root().send('POST', `/operations/dead-rows/${what}`, ids === undefined ? {} : { ids });
  expect((await post('retry', [first.items[0].id, '12x', '999999'])).body).toEqual({ count: 1 });
  expect((await post('discard', [rest.items[0].id])).body).toEqual({ count: 1 });
  expect((await post('discard')).body.count).toBeGreaterThan(0);
  expect((await root().get('/audit?scope=installation')).body.items.slice(0, 3)).toMatchObject([
    { action: 'dead-rows.discard', origin: 'all', actor: 'root' },
    { action: 'dead-rows.discard', origin: `ids ${rest.items[0].id}` },
    { action: 'dead-rows.retry' },
  ]);
});

it('an audit tells what it found, and repairs it where it is told to', async () => {
  await lab.store.tenant('audited').set(later, 5);
  await lab.system.sql(`insert into plan (tenant_id, slug, name) values ('audited', 'behind', 'x')`);
  const run = (body: object) => root().send('POST', '/operations/audits', body);
  expect((await run({ definitions: ['plans'] })).body.findings).toContainEqual(
    expect.objectContaining({ kind: 'missing', scope: 'tenants/audited', repaired: false }),
  );
  expect((await run({ repair: true })).body.findings).toContainEqual(
    expect.objectContaining({ scope: 'tenants/audited', repaired: true }),
  );
  expect((await run({ definitions: ['nope'] })).body.findings).toEqual([]);
  expect(await run({ after: 'nonsense' })).toMatchObject({ status: 400 });
});

it('dead letters are listed, tried again and given up, and that is written down', async () => {
  const path = '/operations/dead-letters';
  expect((await root().get(path)).body).toEqual({ items: [] });
  const [bad, other] = [666_777, 777_888];
  const check = `check (value is null or value not in ('${bad}', '${other}'))`;
  await lab.system.sql(`alter table tenantry_config add constraint no_bad_value ${check}`);
  await lab.store.tenant('dead1').set(later, bad, { actor: 'ann' });
  await lab.store.tenant('dead2').set(later, other, { actor: 'ann' });
  const back = writeBack(lab.system.orm);
  await eventually(async () => {
    passed += 60_000;
    await back.flush();
    return (await back.deadLetters()).length === 2;
  });
  const first = (await root().get(`${path}?limit=1`)).body;
  const second = (await root().get(`${path}?limit=1&cursor=${first.cursor}`)).body;
  const letters = [...first.items, ...second.items];
  expect(letters.map(({ tenant, config, op, actor }) => [tenant, config, op, actor]).sort()).toEqual([
    ['dead1', 'later', 'set', 'ann'],
    ['dead2', 'later', 'set', 'ann'],
  ]);
  expect(JSON.stringify(letters)).not.toMatch(/666777|777888/);
  await lab.system.sql('alter table tenantry_config drop constraint no_bad_value');
  const idOf = (wanted: string) => letters.find(({ tenant }) => tenant === wanted).id as string;
  const post = (what: string, body: object) => root().send('POST', `${path}/${what}`, body);
  expect((await post('retry', { ids: [idOf('dead1')] })).body).toEqual({ count: 1 });
  await back.flush('dead1');
  expect((await root().get('/tenants/dead1/configs/later')).body).toMatchObject({ json: String(bad), dirty: false });
  expect((await post('discard', {})).body).toEqual({ count: 1 });
  expect((await root().get('/tenants/dead2/configs/later')).body).toMatchObject({ state: 'none' });
  expect((await post('retry', { ids: ['x'] })).body).toEqual({ count: 0 });
  expect((await root().get('/audit?action=dead-letters.discard')).body.items).toMatchObject([
    { actor: 'root', origin: 'all' },
  ]);
});
