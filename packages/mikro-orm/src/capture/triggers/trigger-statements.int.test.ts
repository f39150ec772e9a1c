import { Collection } from '@mikro-orm/core';
import { Entity, ManyToMany, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { defineSync } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { type Connection, createConnection } from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSystem, ownersIn, type TestSystem, withoutVersions } from '../../system.fixture.ts';

@Entity({ tableName: 'owner' })
class Owner {
  @PrimaryKey({ type: 'string', length: 20 }) id!: string;
  @Property({ type: 'string' }) tenantId!: string;
  @ManyToMany(() => Tag)
  tags = new Collection<Tag>(this);
  @ManyToMany({ entity: () => Owner, joinColumn: 'owner_id', inverseJoinColumn: 'friend_id', pivotTable: 'friends' })
  friends = new Collection<Owner>(this);
}
@Entity({ tableName: 'tag' })
class Tag {
  @PrimaryKey({ type: 'integer' }) id!: number;
}
const owners = defineSync<Owner>()({ name: 'owners', tenant: 'tenantId', keys: { id: ['id'] } });

@Entity({ inheritance: 'tpt', tableName: 'tpt_top' })
abstract class Top {
  @PrimaryKey({ type: 'integer' }) id!: number;
  @Property({ type: 'string' }) tenantId!: string;
}
@Entity({ tableName: 'tpt_bottom' })
class Bottom extends Top {
  @Property({ type: 'boolean' }) isOn!: boolean;
}
const bottoms = defineSync<Bottom>()({ name: 'bottoms', tenant: 'tenantId', keys: { id: ['id'] } });

/** One for all statements: each of them finds the same rows, put there by a program that knows nothing of us. */
let system: TestSystem;
/** That program. */
let program: Connection;
beforeAll(async () => {
  system = await open();
});
afterAll(() => system?.[Symbol.asyncDispose]());
beforeEach(async () => {
  program = await createConnection(system.database.url);
  for (const table of ['owner_tags', 'friends', 'owner', 'tag', 'tpt_bottom', 'tpt_top'])
    await program.query(`delete from ${table}`);
  await putRows();
});
afterEach(() => program?.end());

function open(): Promise<TestSystem> {
  return openSystem({
    sync: [
      [Owner, owners],
      [Bottom, bottoms],
    ],
    entities: [Owner, Tag, Top, Bottom],
    tenantry: { capture: 'trigger' },
  });
}

async function putRows(): Promise<void> {
  for (const sql of [
    "insert into owner values ('a', 'acme'), ('b', 'acme'), ('c', 'zeta')",
    'insert into tag values (1), (2), (3)',
    "insert into owner_tags (owner_id, tag_id) values ('a', 1), ('b', 1), ('b', 2)",
    "insert into friends (owner_id, friend_id) values ('a', 'a'), ('a', 'b'), ('c', 'b'), ('b', 'c')",
    "insert into tpt_top values (1, 'acme'), (2, 'acme')",
    'insert into tpt_bottom (id, is_on) values (1, 1)',
  ])
    await program.query(sql);
  await expectConverged();
}

async function expectConverged(): Promise<void> {
  await system.drain();
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}

const OF_OWNERS = 'select id, 3 from owner';
// Each uses in itself a table whose rows the trigger has to read.
const STATEMENTS = [
  `insert into owner_tags (owner_id, tag_id) ${OF_OWNERS}`,
  `insert ignore into owner_tags (owner_id, tag_id) ${OF_OWNERS}`,
  `replace into owner_tags (owner_id, tag_id) ${OF_OWNERS}`,
  'update owner_tags p inner join owner o on o.id = p.owner_id set p.tag_id = 3 where p.tag_id = 1',
  "delete from owner_tags where owner_id in (select id from owner where tenant_id = 'acme')",
  'delete p from owner_tags p inner join owner o on o.id = p.owner_id',
  'delete p, o from owner_tags p inner join owner o on o.id = p.owner_id',
  "delete from tag where id in (select tag_id from owner_tags where owner_id = 'b')",
  'delete t from tag t inner join owner_tags p on p.tag_id = t.id',
  "delete from owner where id = 'b'",
  'delete from owner',
  "delete from friends where owner_id in (select id from owner where tenant_id = 'acme')",
  'insert into tpt_bottom (id, is_on) select id, 1 from tpt_top where id = 2',
  'update tpt_bottom b inner join tpt_top t on t.id = b.id set b.is_on = 0, t.tenant_id = concat(t.tenant_id, 1)',
  'delete b, t from tpt_bottom b inner join tpt_top t on t.id = b.id',
  'delete from tpt_top',
];

describe.each(['off', 'on'])('with cascades that fire triggers %s', how => {
  // G1: no statement that works without our triggers may fail with them.
  it.for(STATEMENTS)('%s', async (sql, { skip }) => {
    skip(!(await setCascades(how)), 'the server has no such variable');
    await program.query(sql);
    await expectConverged();
  });
});

/** False: the server does not know the variable, and is as with `off`. */
async function setCascades(how: string): Promise<boolean> {
  const [known] = (await program.query("show variables like 'enable_cascade_triggers'")) as unknown as [unknown[]];
  if (known.length > 0) await program.query(`set session enable_cascade_triggers = ${how}`);
  return known.length > 0 || how === 'off';
}

// R9: shared locks alone would let the later version be published first, and the earlier one be refused.
it('two programs that select from the owner at once end at what both wrote', async () => {
  const other = await createConnection(system.database.url);
  const insert = (tag: number) =>
    `insert into owner_tags (owner_id, tag_id) select id, ${tag} from owner where id = 'c'`;
  await program.query('start transaction');
  await program.query(insert(1));
  let isDone = false;
  const second = other.query(insert(2)).then(() => {
    isDone = true;
  });
  await eventually(async () => (await system.lockWaits()).length > 0, { intervalMs: 150 });
  expect(isDone).toBe(false);
  await program.query('commit');
  await second;
  await other.end();
  await expectConverged();
  expect(await system.value('zeta', 'owners:id:c')).toMatchObject({ tags: [1, 2] });
});

// After an upgrade of the server, or in a restored dump: a trigger keeps the collation of the connection that made it.
it.each(['utf8mb4_general_ci', 'utf8mb4_unicode_ci', 'utf8mb4_bin'])(
  'triggers made at %s capture all the same',
  async collation => {
    const triggers = await system.sql<Record<string, string>>(
      'select trigger_name as name, action_timing as timing, event_manipulation as event, event_object_table as of_table, action_statement as body from information_schema.triggers where trigger_schema = database()',
    );
    await program.query(`set names utf8mb4 collate ${collation}`);
    for (const { name, timing, event, of_table, body } of triggers) {
      await program.query(`drop trigger ${name}`);
      await program.query(`create trigger ${name} ${timing} ${event} on ${of_table} for each row ${body}`);
    }
    for (const client of [program, await createConnection(system.database.url)]) {
      const [id] = client === program ? ['d:d'] : ['e%'];
      await client.query("insert into owner values (?, 'acme')", [id]);
      await client.query('insert into owner_tags (owner_id, tag_id) values (?, 1)', [id]);
      await client.query("update owner set tenant_id = 'zeta' where id = ?", [id]);
      if (client !== program) await client.end();
    }
    await expectConverged();
    expect(Object.keys(await ownersIn(system))).toEqual(
      expect.arrayContaining(['zeta/owners:id:d%3Ad', 'zeta/owners:id:e%25']),
    );
  },
);
