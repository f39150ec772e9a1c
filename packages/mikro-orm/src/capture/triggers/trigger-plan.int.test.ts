import { Collection, defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { Entity, ManyToMany, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { defineSync } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { createConnection } from 'mysql2/promise';
import { afterEach, describe, expect, it } from 'vitest';
import type { SyncEntry } from '../../definitions/definition-registry.ts';
import { openSystem, ownersIn, type TestSystem, withoutVersions } from '../../system.fixture.ts';

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

async function open(sync: readonly SyncEntry[], entities?: readonly unknown[]): Promise<void> {
  system = await openSystem({ sync, ...(entities ? { entities } : {}), tenantry: { capture: 'trigger' } });
}

async function expectConverged(): Promise<void> {
  await system.drain();
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}

const addresses = async () => Object.keys(await ownersIn(system));

describe('triggers see a change by plain SQL', () => {
  @Entity({ discriminatorColumn: 'kind', abstract: true, tableName: 'sti_rule' })
  abstract class Rule {
    @PrimaryKey({ type: 'integer' }) id!: number;
    @Property({ type: 'string' }) tenantId!: string;
    @Property({ type: 'string' }) kind!: string;
  }
  @Entity({ discriminatorValue: 'flag' })
  class FlagRule extends Rule {
    @Property({ type: 'boolean' }) isOn!: boolean;
  }
  @Entity({ discriminatorValue: "it's" })
  class LimitRule extends Rule {
    @Property({ type: 'integer' }) most!: number;
  }

  // R6, R8
  it('of one leaf of a shared table, also of a row that becomes another leaf', async () => {
    const flags = defineSync<FlagRule>()({ name: 'flags', tenant: 'tenantId', keys: { id: ['id'] } });
    const most = defineSync<LimitRule>()({ name: 'most', tenant: 'tenantId', keys: { id: ['id'] } });
    await open(
      [
        [FlagRule, flags],
        [LimitRule, most],
      ],
      [Rule, FlagRule, LimitRule],
    );
    await system.sql("insert into sti_rule (tenant_id, kind, is_on) values ('acme', 'flag', 1)");
    await system.sql("insert into sti_rule (tenant_id, kind, most) values ('acme', 'it''s', 1)");
    expect((await system.outbox()).map(row => row.definition)).toEqual(['flags', 'most']);
    await expectConverged();
    await system.sql("update sti_rule set kind = 'it''s', most = 2 where id = 1");
    await expectConverged();
    expect(await addresses()).toEqual(['acme/most:id:1', 'acme/most:id:2']);
  });

  @Entity({ inheritance: 'tpt', tableName: 'tpt_top' })
  abstract class Top {
    @PrimaryKey({ type: 'integer' }) id!: number;
    @Property({ type: 'string' }) tenantId!: string;
    @Property({ type: 'string' }) name!: string;
  }
  @Entity({ tableName: 'tpt_bottom' })
  class Bottom extends Top {
    @Property({ type: 'boolean' }) isOn!: boolean;
  }
  @Entity({ tableName: 'tpt_other' })
  class Other extends Top {
    @Property({ type: 'integer' }) most!: number;
  }
  const tops = defineSync<Top>()({ name: 'tops', tenant: 'tenantId', keys: { id: ['id'] } });
  const bottoms = defineSync<Bottom>()({ name: 'bottoms', tenant: 'tenantId', keys: { id: ['id'], name: ['name'] } });

  // R6, R8
  it.each([
    ['the root', [[Top, tops]]],
    ['a leaf', [[Bottom, bottoms]]],
  ] as [string, SyncEntry[]][])('of either table of a row, registered at %s', async (_, sync) => {
    await open(sync, [Top, Bottom, Other]);
    const em = system.em();
    em.create(Bottom, { tenantId: 'acme', name: 'b', isOn: true });
    em.create(Other, { tenantId: 'acme', name: 'o', most: 1 });
    await em.flush();
    expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
    for (const change of [
      'update tpt_bottom set is_on = 0',
      "update tpt_top set name = concat(name, 'x')",
      "update tpt_top set tenant_id = 'zeta'",
      'delete from tpt_bottom',
      'delete from tpt_top where id = 1',
    ]) {
      await system.sql(change);
      if (change !== 'delete from tpt_bottom') await expectConverged();
    }
    expect((await addresses()).filter(address => address.includes('bottoms') || address.endsWith(':1'))).toEqual([]);
  });

  @Entity({ tableName: 'owner' })
  class Owner {
    @PrimaryKey({ type: 'string', length: 20 }) id!: string;
    @Property({ type: 'string' }) tenantId!: string;
    @ManyToMany(() => Tag)
    tags = new Collection<Tag>(this);
  }
  @Entity({ tableName: 'tag' })
  class Tag {
    @PrimaryKey({ type: 'integer' }) id!: number;
  }
  const owners = defineSync<Owner>()({ name: 'owners', tenant: 'tenantId', keys: { id: ['id'] } });
  const tagsOf = async (id: string) => (await system.value('acme', `owners:id:${id}`)) as { tags: number[] };

  async function openTags(): Promise<void> {
    await open([[Owner, owners]], [Owner, Tag]);
    await system.sql("insert into owner values ('a:b', 'acme'), ('c', 'acme')");
    await system.sql('insert into tag values (1), (2), (3)');
    await system.sql("insert into owner_tags (owner_id, tag_id) values ('a:b', 1), ('a:b', 2), ('c', 2)");
    await expectConverged();
  }

  // R6, R8
  it('of a many-to-many table, and of what its collections hold', async () => {
    await openTags();
    expect(await tagsOf('a%3Ab')).toMatchObject({ tags: [1, 2] });
    await system.sql("update owner_tags set owner_id = 'c' where tag_id = 1");
    await expectConverged();
    expect([await tagsOf('a%3Ab'), await tagsOf('c')]).toMatchObject([{ tags: [2] }, { tags: [1, 2] }]);
    // The database empties the collections by itself, and no trigger of theirs fires.
    await system.sql('delete from tag where id = 2');
    await expectConverged();
    expect([await tagsOf('a%3Ab'), await tagsOf('c')]).toMatchObject([{ tags: [] }, { tags: [1] }]);
    await system.sql('update tag set id = 9 where id = 3');
    await system.sql("insert into owner_tags (owner_id, tag_id) values ('c', 9)");
    await expectConverged();
  });

  // R9
  it('of a many-to-many table by two programs at once, and ends at both', async () => {
    await openTags();
    const [slow, fast] = [await createConnection(system.database.url), await createConnection(system.database.url)];
    await slow.query('start transaction');
    await slow.query("insert into owner_tags (owner_id, tag_id) values ('c', 1)");
    let isDone = false;
    const second = fast.query("insert into owner_tags (owner_id, tag_id) values ('c', 3)").then(() => {
      isDone = true;
    });
    await eventually(async () => (await system.lockWaits()).length > 0, { intervalMs: 150 });
    expect(isDone).toBe(false);
    await slow.query('commit');
    await second;
    await Promise.all([slow.end(), fast.end()]);
    await expectConverged();
    expect((await tagsOf('c')).tags.toSorted()).toEqual([1, 2, 3]);
  });
});

describe('triggers do not see', () => {
  const Parent = defineEntity({ name: 'Parent', properties: { id: p.integer().primary(), tenantId: p.string() } });
  const Child = defineEntity({
    name: 'Child',
    properties: {
      id: p.integer().primary(),
      tenantId: p.string(),
      parent: () => p.manyToOne(Parent).deleteRule('cascade').updateRule('cascade'),
    },
  });
  const children = defineSync<InferEntity<typeof Child>>()({
    name: 'children',
    tenant: 'tenantId',
    keys: { id: ['id'] },
  });

  it('rows that the database itself deletes with their parent (a known limit); a backfill removes none either', async () => {
    await open([[Child, children]], [Parent, Child]);
    await system.sql("insert into parent values (1, 'acme')");
    await system.sql("insert into child (id, tenant_id, parent_id) values (1, 'acme', 1)");
    await expectConverged();
    await system.sql('delete from parent');
    await system.drain();
    expect(await addresses()).toEqual(['acme/children:id:1']);
  });

  it('... but where MySQL fires triggers for cascades, they do, also for a REPLACE of the parent', async ({ skip }) => {
    await open([[Child, children]], [Parent, Child]);
    const program = await createConnection(system.database.url);
    const [known] = (await program.query("show variables like 'enable_cascade_triggers'")) as unknown as [unknown[]];
    if (known.length === 0) await program.end();
    skip(known.length === 0, 'the server has no such variable');
    for (const sql of [
      'set session enable_cascade_triggers = on',
      "insert into parent values (1, 'acme'), (2, 'acme')",
      "insert into child (id, tenant_id, parent_id) values (1, 'acme', 1), (2, 'acme', 2)",
      'delete from parent where id = 1',
      "replace into parent values (2, 'zeta')",
    ])
      await program.query(sql);
    await program.end();
    await expectConverged();
  });
});
