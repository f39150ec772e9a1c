import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventSubscriber, TransactionEventArgs } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { configStore } from '@tenantry/mikro-orm';
import { eventually, type FaultProxy, freshDatabase, startFaultProxy, testServers } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { createTables } from '../../mikro-orm/src/create-tables.fixture.ts';
import { Plan, plans } from '../../mikro-orm/src/plans.fixture.ts';
import { openSystem } from '../../mikro-orm/src/system.fixture.ts';
import { folderWith, put } from './folder/folder.fixture.ts';
import { limits } from './loader.fixture.ts';
import { startLoader } from './start-loader.ts';

/** Once armed, loses every answer from the commit on that changes something of acme. The commit itself reaches the database. */
class LosesTheAnswer implements EventSubscriber {
  #isArmed = false;
  readonly #proxy: FaultProxy;

  constructor(proxy: FaultProxy) {
    this.#proxy = proxy;
  }

  arm(): void {
    this.#isArmed = true;
  }

  async beforeTransactionCommit({ em, transaction }: TransactionEventArgs): Promise<void> {
    if (!this.#isArmed || 'savepointName' in (transaction as object)) return;
    // Others commit meanwhile: each sees only rows of its own that nobody has published.
    const connection = (em as SqlEntityManager).getConnection('write');
    const rows = await connection.execute(
      "select 1 from tenantry_outbox where tenant = 'acme'",
      [],
      'all',
      transaction,
    );
    if (rows.length === 0) return;
    this.#isArmed = false;
    this.#proxy.set('dropReplies');
  }
}

async function openLosing() {
  await using stack = new AsyncDisposableStack();
  const database = stack.adopt(await freshDatabase(), each => each.close());
  const target = new URL(database.url);
  const proxy = stack.use(await startFaultProxy({ target: { host: target.hostname, port: Number(target.port) } }));
  target.hostname = '127.0.0.1';
  target.port = String(proxy.port);
  const answers = new LosesTheAnswer(proxy);
  const orm = { clientUrl: target.href };
  const options = { sync: [[Plan, plans]], database, tenantry: { configs: [limits] } } as const;
  const system = stack.use(await openSystem({ ...options, orm }));
  // After the one that writes the outbox: what comes next is the commit.
  system.orm.em.getEventManager().registerSubscriber(answers);
  await createTables(system.orm, database);
  // Past the proxy.
  const straight = stack.use(await openSystem({ ...options, prefix: system.prefix }));
  // A test that fails must not wait for answers that are lost.
  stack.defer(() => void (proxy.mode === 'pass' || proxy.set('refuse')));
  const opened = stack.move();
  const acme = configStore(straight.orm).tenant('acme');
  return { orm: system.orm as never, acme, proxy, answers, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

// There the driver's pool waits for ever for a connection that ended in the middle of a transaction, and the ORM does not close.
const elsewhere = it.skipIf(testServers().databaseUrl.startsWith('postgres'));

const TIMES = { settleMs: 20, scanMs: 50, compareMs: 100_000 } as const;

// The loader cannot know whether it has set the value, and finds it there:
//   loader:    commits                                      reads again: it is as the file says
//   database:           makes it … the answer is lost
elsewhere('a value whose commit nobody answered is taken away with its file, and is one version', async () => {
  await using opened = await openLosing();
  const { orm, acme, proxy, answers } = opened;
  const dir = await folderWith({ 'tenants/zoo/limits.yaml': 'max: 1' });
  await using loader = startLoader({ orm, dir, prune: true, maxPrune: '100%', ...TIMES });
  await eventually(() => expect(loader.status).toMatchObject({ state: 'idle', imports: 1 }));

  answers.arm();
  await put(dir, { 'tenants/acme/limits.yaml': 'max: 2' });
  await eventually(async () => expect((await acme.get(limits))?.version).toBe(1));
  expect(loader.status.state).toBe('importing');
  proxy.set('pass');
  proxy.cut();
  await eventually(() => expect(loader.status).toMatchObject({ state: 'idle', report: { counts: { same: 2 } } }));
  expect((await acme.get(limits))?.version).toBe(1);

  await rm(join(dir, 'tenants/acme'), { recursive: true });
  await eventually(async () => expect(await acme.get(limits)).toBeUndefined());
});

elsewhere('and also if the database is away from then on until the file is gone', async () => {
  await using opened = await openLosing();
  const { orm, acme, proxy, answers } = opened;
  const dir = await folderWith({ 'tenants/zoo/limits.yaml': 'max: 1' });
  await using loader = startLoader({ orm, dir, prune: true, maxPrune: '100%', ...TIMES });
  await eventually(() => expect(loader.status).toMatchObject({ state: 'idle', imports: 1 }));

  answers.arm();
  await put(dir, { 'tenants/acme/limits.yaml': 'max: 2' });
  await eventually(async () => expect((await acme.get(limits))?.version).toBe(1));
  proxy.set('refuse');
  await eventually(() => expect(loader.status).toMatchObject({ state: 'failing', report: { counts: { refused: 1 } } }));
  await rm(join(dir, 'tenants/acme'), { recursive: true });
  await expect(loader.importNow()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  proxy.set('pass');
  await eventually(async () => expect(await acme.get(limits)).toBeUndefined());
});
