import { createPayloadCodec, decodeEnvelope } from '@tenantry/protocol/wire';
import { seededRandom } from '@tenantry/testing';
import { createConnection } from 'mysql2/promise';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Limit, limits, Plan, plans } from '../../plans.fixture.ts';
import { holdNextApply, openSystem, type TestSystem, withoutVersions } from '../../system.fixture.ts';

// Nothing tells a trigger which transaction it is in; that its rows share an id nevertheless, and why, stands in trigger-body.ts.

let system: TestSystem;
let client: Awaited<ReturnType<typeof createConnection>>;
beforeEach(async () => {
  system = await openSystem({
    sync: [
      [Plan, plans],
      [Limit, limits],
    ],
    tenantry: { capture: 'trigger', feedLength: 100_000 },
  });
  client = await createConnection(system.database.url);
});
afterEach(async () => {
  await client?.end();
  await system?.[Symbol.asyncDispose]();
});

const transactions = async () => (await system.outbox()).map(row => row.transactionId);
const messages = async () => (await system.feed('acme')).map(({ changes }) => changes.length);
const plan = (slug: string) => client.query("insert into plan (tenant_id, slug, name) values ('acme', ?, '')", [slug]);
const limit = () => client.query("insert into limits (tenant_id, amount) values ('acme', 1)");

describe('a transaction of another program', () => {
  // G4
  it('keeps its id although the one before it, which shared it, is published and gone meanwhile', async () => {
    await plan('before');
    await client.query('start transaction');
    await plan('first');
    expect(await system.replication.relay()).toEqual({ published: 1, more: false });
    await limit();
    await client.query('commit');
    const ids = await transactions();
    expect([ids.length, new Set(ids).size]).toEqual([2, 1]);
    await system.drain();
    expect(await messages()).toEqual([1, 2]);
  });

  // R3, G4
  it('keeps its id past a savepoint that was rolled back', async () => {
    await client.query('start transaction');
    await client.query('savepoint one');
    await plan('undone');
    await client.query('rollback to savepoint one');
    await plan('first');
    await client.query('savepoint two');
    await plan('undone too');
    await client.query('rollback to savepoint two');
    await limit();
    await client.query('commit');
    const ids = await transactions();
    expect([ids.length, new Set(ids).size]).toEqual([2, 1]);
  });

  it('has another id than the one before, once that is published', async () => {
    for (const slug of ['a', 'b', 'c']) {
      await plan(slug);
      expect(await system.outbox()).toHaveLength(1);
      await system.drain();
    }
    expect(await messages()).toEqual([1, 1, 1]);
    await client.query('start transaction');
    await plan('d');
    const [first] = await transactions();
    await client.query('rollback');
    await plan('e');
    expect(await transactions()).not.toContain(first);
  });

  it('of one statement has one id, however many rows', async () => {
    await client.query("insert into limits (tenant_id, amount) values ('acme', 1), ('acme', 2), ('acme', 3)");
    expect(new Set(await transactions()).size).toBe(1);
    await client.query('update limits set amount = amount + 1');
    const ids = await transactions();
    expect(ids).toHaveLength(6);
    // MariaDB tells a trigger that the statement is a transaction by itself; MySQL does not.
    expect(new Set(ids).size).toBe(system.database.kind === 'mariadb' ? 2 : 1);
  });

  // G4
  it('that changes a row again while its former state is published is not shown by halves', async () => {
    await client.query('start transaction');
    await plan('a');
    await limit();
    await client.query('commit');
    const held = holdNextApply(system);
    const relaying = system.replication.relay();
    await held.reached;
    await client.query('start transaction');
    await client.query("update plan set name = 'new'");
    await client.query('update limits set amount = 2');
    await client.query('commit');
    held.release();
    await relaying;
    await system.drain();
    expect(await messages()).toEqual([2, 2]);
    expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
  });
});

// G4
it('transfers by strangers and by the ORM, while relays run, are never shown by halves', async () => {
  const random = seededRandom();
  const [rows, transfers] = [6, 40];
  await client.query(
    `insert into limits (tenant_id, amount) values ${Array.from({ length: rows }, () => "('acme', 100)").join(', ')}`,
  );
  const statements = () => {
    const [from, to, amount] = [random.int(1, rows), random.int(1, rows), random.int(1, 9)];
    const add = (id: number, n: number) => [`update limits set amount = amount + ${n} where id = ${id}`];
    return [...add(from, -amount), ...(random.chance(0.3) ? add(from, 0) : []), ...add(to, amount)];
  };
  const orDeadlock = (error: Error) => {
    if (!/[Dd]eadlock|mine/.test(error.message)) throw error;
  };
  const stranger = async () => {
    const connection = await createConnection(system.database.url);
    for (let i = 0; i < transfers; i++) {
      const transfer = async () => {
        await connection.query('start transaction');
        for (const sql of statements()) await connection.query(sql);
        await connection.query(random.chance(0.2) ? 'rollback' : 'commit');
      };
      await transfer().catch(async error => {
        await connection.query('rollback');
        orDeadlock(error);
      });
    }
    await connection.end();
  };
  const application = async () => {
    for (let i = 0; i < transfers; i++) {
      const transfer = system.em().transactional(async em => {
        for (const sql of statements()) await em.execute(sql);
        if (random.chance(0.2)) throw new Error('mine');
      });
      await transfer.catch(orDeadlock);
    }
  };
  let writing = true;
  const relay = async () => {
    while (writing) await system.replication.relay();
  };
  const relays = [relay(), relay()];
  await Promise.all([stranger(), stranger(), application(), application()]);
  writing = false;
  await Promise.all(relays);
  await system.drain();
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());

  const amounts = new Map<string, number>();
  const payloads = createPayloadCodec();
  const messages = await system.feed('acme');
  for (const { changes, seq } of messages) {
    for (const { owner, envelope } of changes) {
      const { amount } = payloads.decode(decodeEnvelope(envelope as Buffer).payload) as { amount: number };
      amounts.set(owner, amount);
    }
    const total = [...amounts.values()].reduce((sum, amount) => sum + amount, 0);
    expect(total, `message ${seq}, TENANTRY_SEED=${random.seed}`).toBe(rows * 100);
  }
  // How many transactions become one message is the business of the relays: so many at least.
  expect(messages.length).toBeGreaterThan(transfers / 2);
}, 180_000);

describe("a transaction of the ORM's", () => {
  it('has the id it was announced with, also where the connection was used by statements of their own before', async () => {
    for (let i = 0; i < 12; i++) {
      await system.em().nativeUpdate(Limit, {}, { amount: i });
      await system.em().insert(Limit, { tenantId: 'acme', amount: i });
      const em = system.em();
      em.create(Plan, { tenantId: 'acme', slug: `s${i}` });
      await em.flush();
      expect(await system.value('acme', `plans:slug:s${i}`)).toBeDefined();
    }
    await system.drain();
    expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
  });

  it('is published as a whole, native writes and the unit of work', async () => {
    await system.em().transactional(async em => {
      await em.insert(Plan, { tenantId: 'acme', slug: 'a', name: '' });
      em.create(Limit, { tenantId: 'acme', amount: 1 });
    });
    expect(await messages()).toEqual([2]);
  });
});
