import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { configStore } from '../config-store/config-store.ts';
import { allConfigs, banner, limit, theme } from '../configs.fixture.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { openOrm, openSystem, ownersIn } from '../system.fixture.ts';
import { Config } from '../tables/config-tables.ts';
import { databaseSource } from './database-source.ts';

const openConfigs = () =>
  openSystem({
    sync: [],
    orm: { discovery: { warnWhenNoEntities: false } },
    tenantry: { configs: allConfigs },
  });

it('databaseSource gives the values of one tenant in the order that was asked for', async () => {
  // K18, E10
  await using system = await openConfigs();
  const store = configStore(system.orm as never);
  await store.tenant('acme').set(limit, 5);
  await store.tenant('acme').set(theme, { color: 'red' });
  await store.tenant('acme').set(theme, { color: 'green' });
  await store.tenant('Acme').set(limit, 6);
  await store.tenant('acme').set(banner, { text: 'over' });
  await store.tenant('acme').unset(banner);
  const source = databaseSource(system.orm as never);
  expect(await source.load('acme', [])).toEqual([]);
  expect(await source.load('acme', [theme, limit, banner])).toEqual([
    { version: 2, updatedAt: expect.any(Number), expiresAt: 0, json: '{"color":"green"}' },
    { version: 1, updatedAt: expect.any(Number), expiresAt: 0, json: '5' },
    { version: 2, updatedAt: expect.any(Number), expiresAt: 0, json: undefined },
  ]);
  expect(await source.load('Acme', [limit, theme])).toEqual([expect.objectContaining({ json: '6' }), undefined]);
});

it('databaseSource gives an expired value as gone, and ignores a row that was only locked', async () => {
  // H1, H2
  await using system = await openConfigs();
  const now = Date.now();
  // A minute: the clock of Redis decides, and it may be some milliseconds behind this process's.
  const expiresAt = now - 60_000;
  const row = { tenant: 'acme', value: '5', version: 3, updatedAt: now, deletedAt: null, updatedBy: null };
  await system.em().insertMany(Config, [
    { ...row, name: limit.configKey, expiresAt },
    { ...row, name: theme.configKey, version: 0, value: null, deletedAt: 0, expiresAt: null },
  ] as never);
  // Until Redis has told its time, nobody can say what has expired.
  await eventually(async () =>
    expect(await databaseSource(system.orm as never).load('acme', [limit, theme])).toEqual([
      { version: 3, updatedAt: now, expiresAt, json: undefined },
      undefined,
    ]),
  );
});

it('databaseSource asks its clock whether a value has expired', async () => {
  await using system = await openConfigs();
  await configStore(system.orm as never)
    .tenant('acme')
    .set(limit, 5, { expiresAt: Date.now() + 60_000 });
  let now = Date.now();
  const source = databaseSource(system.orm as never, () => now);
  expect(await source.load('acme', [limit])).toMatchObject([{ version: 1, json: '5' }]);
  now += 60_001;
  expect(await source.load('acme', [limit])).toMatchObject([{ version: 1, json: undefined }]);
});

it('databaseSource sends one SELECT for all loads of a tenant in one tick, by an ORM without entities of its own', async () => {
  await using system = await openConfigs();
  await configStore(system.orm as never)
    .tenant('acme')
    .set(limit, 5);
  const asked: string[] = [];
  const orm = await openOrm(system.database, {
    entities: [],
    discovery: { warnWhenNoEntities: false },
    debug: ['query'],
    logger: message => asked.push(message),
  });
  const source = databaseSource(orm as never);
  const [first, second] = await Promise.all([
    source.load('acme', [limit]),
    Promise.resolve().then(() => source.load('acme', [theme, limit])),
  ]);
  expect([first[0]?.json, second[0], second[1]?.json]).toEqual(['5', undefined, '5']);
  expect(asked.filter(message => message.includes('tenantry_config'))).toHaveLength(1);
  await orm.close(true);
});

it('databaseSource says that the database is away, without the words of the driver', async () => {
  await using system = await openConfigs();
  await system.sql('alter table tenantry_config rename column version to elsewhere');
  const failure = await databaseSource(system.orm as never)
    .load('acme', [limit])
    .catch(error => error);
  expect(failure).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
  expect(failure.message).not.toMatch(/select|acme/);
});

it('databaseSource gives no value before the rest of its transaction can be seen', async () => {
  // G4
  await using system = await openSystem({
    sync: [[Plan, plans]],
    tenantry: { configs: allConfigs, publish: 'relay' },
  });
  const em = system.em();
  await em.transactional(async inside => {
    inside.create(Plan, { id: 1, tenantId: 'acme', slug: 'gold', name: 'new' } as Plan);
    await inside.flush();
    await configStore(system.orm).tenant('acme').set(limit, 5, { em: inside });
  });
  expect(await ownersIn(system)).toEqual({});
  expect(await databaseSource(system.orm).load('acme', [limit])).toMatchObject([{ version: 1, json: '5' }]);
  expect(Object.keys(await ownersIn(system)).sort()).toEqual([
    `acme/${limit.address}`,
    'acme/plans:id:1',
    'acme/plans:slug:gold',
  ]);
});

it('databaseSource does not wait for a Redis that is away', async () => {
  // G8, G15
  const asked: string[] = [];
  await using system = await openSystem({
    sync: [[Plan, plans]],
    tenantry: { configs: allConfigs, publish: 'relay' },
    orm: { debug: ['query'], logger: message => asked.push(message) },
  });
  await configStore(system.orm).tenant('acme').set(limit, 5);
  await system.replication.settled(); // it asks the outbox, too
  system.redis.disconnect();
  await eventually(() => expect(system.redis.status).toBe('end'));
  asked.length = 0;
  expect(await databaseSource(system.orm).load('acme', [limit])).toMatchObject([{ version: 1, json: '5' }]);
  // What looks at the tables by a timer comes when it comes.
  expect(asked.filter(message => /tenantry_outbox(?!.* where 1 = 0)/s.test(message))).toEqual([]);
});
