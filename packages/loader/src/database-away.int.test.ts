import { configStore } from '@tenantry/mikro-orm';
import { BUSY_MS, eventually, freshDatabase, startFaultProxy } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { createTables } from '../../mikro-orm/src/create-tables.fixture.ts';
import { Plan, plans } from '../../mikro-orm/src/plans.fixture.ts';
import { openSystem } from '../../mikro-orm/src/system.fixture.ts';
import { folderWith, put } from './folder/folder.fixture.ts';
import { limits } from './loader.fixture.ts';
import { startLoader } from './start-loader.ts';

async function openBehindProxy() {
  const database = await freshDatabase();
  const target = new URL(database.url);
  const proxy = await startFaultProxy({ target: { host: target.hostname, port: Number(target.port) } });
  target.hostname = '127.0.0.1';
  target.port = String(proxy.port);
  const options = { database, orm: { clientUrl: target.href }, tenantry: { configs: [limits] } };
  const system = await openSystem({ sync: [[Plan, plans]], ...options });
  await createTables(system.orm, database);
  return { database, proxy, system };
}

it('a database that is away is told, and what changed meanwhile is imported once it is back', async () => {
  const { database, proxy, system } = await openBehindProxy();
  await using _database = { [Symbol.asyncDispose]: () => database.close() };
  await using _proxy = proxy;
  await using _system = system;
  const dir = await folderWith({ 'tenants/acme/limits.yaml': 'max: 1' });
  const errors: string[] = [];
  const onError = ({ code }: { code: string }) => errors.push(code);
  await using loader = startLoader({ orm: system.orm as never, dir, settleMs: 10, scanMs: 50, onError });
  await eventually(() => expect(loader.status).toMatchObject({ state: 'idle', imports: 1 }));
  proxy.set('refuse');
  proxy.cut();
  await put(dir, { 'tenants/acme/limits.yaml': 'max: 2' });
  await eventually(() => expect(loader.status).toMatchObject({ state: 'failing', error: { code: 'UNAVAILABLE' } }));
  expect(errors).toContain('UNAVAILABLE');
  await put(dir, { 'tenants/acme/limits.yaml': 'max: 3' });
  proxy.set('pass');
  // It may be idle before: between the two puts it may have seen the file empty, or as it was in between.
  await eventually(async () =>
    expect((await configStore(system.orm).tenant('acme').get(limits))?.value).toEqual({ max: 3 }),
  );
  await eventually(() => expect(loader.status).toMatchObject({ state: 'idle', report: { counts: { refused: 0 } } }));
});

it('a database that hangs does not hold a loader that is closed', async () => {
  const { database, proxy, system } = await openBehindProxy();
  await using _database = { [Symbol.asyncDispose]: () => database.close() };
  await using _proxy = proxy;
  await using _system = system;
  const dir = await folderWith({ 'tenants/acme/limits.yaml': 'max: 1' });
  const loader = startLoader({ orm: system.orm as never, dir, settleMs: 10, scanMs: 50, closeTimeoutMs: 200 });
  await eventually(() => expect(loader.status.imports).toBe(1));
  proxy.set('stall');
  await put(dir, { 'tenants/acme/limits.yaml': 'max: 2' });
  await eventually(() => expect(loader.status.state).toBe('importing'));
  const began = performance.now();
  await loader.close();
  expect(performance.now() - began).toBeLessThan(200 + BUSY_MS);
  expect(loader.status.state).toBe('closed');
  proxy.set('pass');
});
