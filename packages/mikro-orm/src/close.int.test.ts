import type { EntityManager, MikroORM } from '@mikro-orm/core';
import { BUSY_MS, closeLives, startFaultProxy, testServers } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { configStore } from './config-store/config-store.ts';
import { counter, theme } from './configs.fixture.ts';
import { isConnected } from './database/connection-state.ts';
import { internalFork } from './database/internal-fork.ts';
import { selectOwn } from './database/own-queries.ts';
import { Plan, plans } from './plans.fixture.ts';
import { openSystem } from './system.fixture.ts';

it.each([
  { lives: ['orm', 'orm and write-back'], longestMs: 0 },
  // A publish that is under way is waited for.
  { lives: ['orm in the background'], longestMs: 5_000 },
])(
  'leaves nothing behind a close that keeps a process alive, whatever Redis does: $lives',
  async ({ lives, longestMs }) => {
    await using system = await openSystem({ sync: [[Plan, plans]], tenantry: { configs: [counter, theme] } });
    const { database, prefix } = system;
    const args = [JSON.stringify({ database, prefix })];
    const { held, closedMs, lines, exit } = await closeLives(
      new URL('./lives.fixture.ts', import.meta.url),
      lives,
      args,
    );
    expect(held).toEqual({});
    // Nothing on stderr either: no rejection that nobody handled.
    expect(lines).toEqual([]);
    expect(exit).toBe(0);
    for (const [closed, ms] of Object.entries(closedMs)) expect(ms, closed).toBeLessThan(longestMs + BUSY_MS);
  },
);

it('lets nothing connect again that was under way when the ORM was closed', async () => {
  const { hostname, port } = new URL(testServers().redisUrl);
  await using proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
  const redisUrl = `redis://${proxy.host}:${proxy.port}`;
  await using system = await openSystem({ sync: [[Plan, plans]], redisUrl });
  const em = system.em();
  em.create(Plan, { tenantId: 'acme' });
  await em.flush();
  await system.replication.settled();
  // It waits for Redis between two questions to the database.
  proxy.set('stall');
  const auditing = system.replication.audit();
  auditing.catch(() => undefined);
  await system.orm.close();
  proxy.set('pass');
  await expect(auditing).rejects.toMatchObject({ code: 'CLOSED' });
  expect(isConnected(system.orm)).toBe(false);
});

type Step = PromiseWithResolvers<void>;

// MikroORM connects by itself for whatever comes after its close, and the next timer would use what it has connected.
it('refuses questions while the ORM is being closed, and in a transaction that is under way', async () => {
  await using system = await openSystem({ sync: [[Plan, plans]] });
  const { orm } = system as unknown as { readonly orm: MikroORM };
  const [begun, closing, goOn] = [1, 2, 3].map(() => Promise.withResolvers<void>()) as [Step, Step, Step];
  const ask = (em: EntityManager) => selectOwn(em, 'select 1 as one', [], em.getTransactionContext());
  const running = internalFork(orm).transactional(async em => {
    await ask(em);
    begun.resolve();
    await closing.promise;
    return ask(em);
  });
  running.catch(() => undefined);
  await begun.promise;
  // Held where the pool is about to end: MikroORM calls itself connected until all of it has ended.
  const connection = orm.driver.getConnection('write');
  const close = connection.close.bind(connection);
  connection.close = async force => {
    closing.resolve();
    await goOn.promise;
    await close(force);
  };
  const isClosed = orm.close();
  await expect(running).rejects.toMatchObject({ code: 'CLOSED' });
  await expect(system.replication.backlog()).rejects.toMatchObject({ code: 'CLOSED' });
  expect(isConnected(orm)).toBe(false);
  goOn.resolve();
  await isClosed;
  expect(isConnected(orm)).toBe(false);
});

it('refuses every question to the database after the ORM was closed, and answers again once it is connected', async () => {
  await using system = await openSystem({ sync: [[Plan, plans]], tenantry: { configs: [counter, theme] } });
  const { orm, replication } = system;
  const acme = configStore(orm as never).tenant('acme');
  const calls: Record<string, () => Promise<unknown>> = {
    relay: () => replication.relay(),
    backlog: () => replication.backlog(),
    deadRows: () => replication.deadRows(),
    retryDeadRows: () => replication.retryDeadRows(),
    backfill: () => replication.backfill(Plan),
    fillIfEmpty: () => replication.fillIfEmpty(),
    checkHistory: () => replication.checkHistory(),
    audit: () => replication.audit(),
    set: () => acme.set(theme, { color: 'red' }),
    history: () => acme.history(theme),
  };
  await orm.close();
  for (const [name, call] of Object.entries(calls)) {
    await expect(call(), name).rejects.toMatchObject({ code: 'CLOSED' });
    expect(isConnected(orm), name).toBe(false);
  }
  await replication.settled();
  expect(isConnected(orm)).toBe(false);
  await orm.connect();
  expect(await replication.backlog()).toEqual({ waiting: 0, dead: 0 });
});
