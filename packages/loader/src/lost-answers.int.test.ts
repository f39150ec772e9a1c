import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventSubscriber, TransactionEventArgs } from '@mikro-orm/core';
import { configStore } from '@tenantry/mikro-orm';
import { eventually, type FaultProxy, freshDatabase, startFaultProxy, testServers } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { createTables } from '../../mikro-orm/src/create-tables.fixture.ts';
import { Plan, plans } from '../../mikro-orm/src/plans.fixture.ts';
import { openSystem } from '../../mikro-orm/src/system.fixture.ts';
import { folderWith, put } from './folder/folder.fixture.ts';
import { limits } from './loader.fixture.ts';
import { startLoader } from './start-loader.ts';

/** Once armed, lets the database make the next commit of a change, and loses its answer; then the database is away, where that is asked for. */
class LosesTheAnswer implements EventSubscriber {
  lost = 0;
  #state: 'idle' | 'armed' | 'changed' = 'idle';
  #isAway = false;
  readonly #proxy: FaultProxy;

  constructor(proxy: FaultProxy) {
    this.#proxy = proxy;
  }

  arm({ thenAway = false } = {}): void {
    this.#state = 'armed';
    this.#isAway = thenAway;
  }

  beforeTransactionCommit({ transaction }: TransactionEventArgs): void {
    if (this.#state !== 'changed' || 'savepointName' in (transaction as object)) return;
    this.#state = 'idle';
    this.#proxy.loseReplies(1);
    this.lost++;
  }

  /** For MikroORM's `onQuery`. */
  readonly onQuery = (sql: string): string => {
    if (this.#state === 'armed' && /^insert into .?tenantry_outbox/i.test(sql)) this.#state = 'changed';
    if (this.#isAway && this.lost > 0 && /^select/i.test(sql)) {
      this.#isAway = false;
      this.#proxy.set('refuse');
    }
    return sql;
  };
}

async function openLosing() {
  await using stack = new AsyncDisposableStack();
  const database = stack.adopt(await freshDatabase(), each => each.close());
  const target = new URL(database.url);
  const proxy = stack.use(await startFaultProxy({ target: { host: target.hostname, port: Number(target.port) } }));
  target.hostname = '127.0.0.1';
  target.port = String(proxy.port);
  const answers = new LosesTheAnswer(proxy);
  const orm = { clientUrl: target.href, onQuery: answers.onQuery };
  const tenantry = { configs: [limits] };
  const system = stack.use(await openSystem({ sync: [[Plan, plans]], database, orm, tenantry }));
  // After the one that writes the outbox: the next answer is that to the commit.
  system.orm.em.getEventManager().registerSubscriber(answers);
  await createTables(system.orm, database);
  const opened = stack.move();
  return { system, proxy, answers, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

// There the driver's pool waits for ever for a connection that ended in the middle of a transaction, and the ORM does not close.
const elsewhere = it.skipIf(testServers().databaseUrl.startsWith('postgres'));

const TIMES = { settleMs: 20, scanMs: 50, compareMs: 100_000 } as const;

// The loader cannot know whether it has set the value, and finds it there:
//   loader:    commits                    reads again: it is as the file says
//   database:           makes it … the answer is lost
elsewhere('a value whose commit nobody answered is taken away with its file, and is one version', async () => {
  await using opened = await openLosing();
  const { system, answers } = opened;
  const acme = configStore(system.orm).tenant('acme');
  const dir = await folderWith({ 'tenants/zoo/limits.yaml': 'max: 1' });
  await using loader = startLoader({ orm: system.orm as never, dir, prune: true, maxPrune: '100%', ...TIMES });
  await eventually(() => expect(loader.status).toMatchObject({ state: 'idle', imports: 1 }));

  answers.arm();
  await put(dir, { 'tenants/acme/limits.yaml': 'max: 2' });
  // Nothing else may ask the database now: the answer to that would be lost.
  await eventually(() => expect(loader.status).toMatchObject({ state: 'idle', report: { counts: { same: 2 } } }));
  expect(answers.lost).toBe(1);
  expect((await acme.get(limits))?.version).toBe(1);

  await rm(join(dir, 'tenants/acme'), { recursive: true });
  await eventually(async () => expect(await acme.get(limits)).toBeUndefined());
});

elsewhere('and also if the database is away from then on until the file is gone', async () => {
  await using opened = await openLosing();
  const { system, proxy, answers } = opened;
  const acme = configStore(system.orm).tenant('acme');
  const dir = await folderWith({ 'tenants/zoo/limits.yaml': 'max: 1' });
  await using loader = startLoader({ orm: system.orm as never, dir, prune: true, maxPrune: '100%', ...TIMES });
  await eventually(() => expect(loader.status).toMatchObject({ state: 'idle', imports: 1 }));

  answers.arm({ thenAway: true });
  await put(dir, { 'tenants/acme/limits.yaml': 'max: 2' });
  await eventually(() => expect(loader.status).toMatchObject({ state: 'failing', report: { counts: { refused: 1 } } }));
  await rm(join(dir, 'tenants/acme'), { recursive: true });
  await expect(loader.importNow()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  proxy.set('pass');
  await eventually(async () => expect(await acme.get(limits)).toBeUndefined());
});
