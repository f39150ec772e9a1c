import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { defineSync } from '@tenantry/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { openSystem, ownersIn, type SystemOptions, type TestSystem, withoutVersions } from '../system.fixture.ts';
import type { SyncEntry } from './definition-registry.ts';

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

async function open(sync: readonly SyncEntry[], options: Partial<SystemOptions> = {}): Promise<void> {
  system = await openSystem({ sync, ...options });
}

async function expectConverged(): Promise<void> {
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}

const addresses = async () => Object.keys(await ownersIn(system));

describe('single-table inheritance', () => {
  @Entity({ discriminatorColumn: 'kind', abstract: true, tableName: 'sti_rule' })
  abstract class Rule {
    @PrimaryKey({ type: 'integer' }) id!: number;
    @Property({ type: 'string' }) tenantId!: string;
    @Property({ type: 'string' }) kind!: string;
    @Property({ type: 'string' }) name!: string;
  }
  @Entity({ discriminatorValue: 'flag' })
  class FlagRule extends Rule {
    @Property({ type: 'boolean' }) isOn!: boolean;
  }
  @Entity({ discriminatorValue: 'limit' })
  class LimitRule extends Rule {
    @Property({ type: 'integer' }) most!: number;
  }
  const entities = [Rule, FlagRule, LimitRule];
  const rules = defineSync<Rule>()({ name: 'rules', tenant: 'tenantId', keys: { id: ['id'] } });
  const flags = defineSync<FlagRule>()({ name: 'flags', tenant: 'tenantId', keys: { name: ['name'] } });

  // R6
  it('registered at the root has every leaf, with its own properties', async () => {
    await open([[Rule, rules]], { entities });
    const em = system.em();
    const flag = em.create(FlagRule, { tenantId: 'acme', name: 'f', isOn: true, kind: 'flag' });
    em.create(LimitRule, { tenantId: 'acme', name: 'l', most: 3, kind: 'limit' });
    await em.flush();
    expect(await system.value('acme', 'rules:id:1')).toEqual({
      id: 1,
      tenantId: 'acme',
      kind: 'flag',
      name: 'f',
      isOn: true,
    });
    await expectConverged();
    flag.isOn = false;
    await em.flush();
    expect(await system.value('acme', 'rules:id:1')).toMatchObject({ isOn: false });
    em.remove(flag);
    await em.flush();
    expect(await addresses()).toEqual(['acme/rules:id:2']);
  });

  // R6
  it('registered at a leaf has that leaf and no other', async () => {
    await open([[FlagRule, flags]], { entities });
    const em = system.em();
    const flag = em.create(FlagRule, { tenantId: 'acme', name: 'f', isOn: true, kind: 'flag' });
    em.create(LimitRule, { tenantId: 'acme', name: 'l', most: 3, kind: 'limit' });
    await em.flush();
    expect(await addresses()).toEqual(['acme/flags:name:f']);
    flag.name = 'g';
    await em.flush();
    expect(await addresses()).toEqual(['acme/flags:name:g']);
    await expectConverged();
  });

  it('registered at both has a record of each in one message', async () => {
    await open(
      [
        [Rule, rules],
        [FlagRule, flags],
      ],
      { entities },
    );
    const em = system.em();
    em.create(FlagRule, { tenantId: 'acme', name: 'f', isOn: true, kind: 'flag' });
    await em.flush();
    expect(await addresses()).toEqual(['acme/flags:name:f', 'acme/rules:id:1']);
    await expectConverged();
    expect(await system.feed('acme')).toHaveLength(1);
    const other = system.em();
    other.remove(other.getReference(Rule as never, 1 as never));
    await other.flush();
    expect(await addresses()).toEqual([]);
  });
});

describe('table-per-type inheritance', () => {
  @Entity({ inheritance: 'tpt', tableName: 'tpt_rule' })
  abstract class RuleTable {
    @PrimaryKey({ type: 'integer' }) id!: number;
    @Property({ type: 'string' }) tenantId!: string;
    @Property({ type: 'string' }) name!: string;
  }
  @Entity({ tableName: 'tpt_flag' })
  class FlagTable extends RuleTable {
    @Property({ type: 'boolean' }) isOn!: boolean;
  }
  @Entity({ tableName: 'tpt_limit' })
  class LimitTable extends RuleTable {
    @Property({ type: 'integer' }) most!: number;
  }
  const entities = [RuleTable, FlagTable, LimitTable];
  const rules = defineSync<RuleTable>()({ name: 'rules', tenant: 'tenantId', keys: { id: ['id'] } });
  const flags = defineSync<FlagTable>()({ name: 'flags', tenant: 'tenantId', keys: { name: ['name'] } });
  const sides: [string, SyncEntry[]][] = [
    ['the root', [[RuleTable, rules]]],
    ['a leaf', [[FlagTable, flags]]],
    [
      'both',
      [
        [RuleTable, rules],
        [FlagTable, flags],
      ],
    ],
  ];

  // R6
  it.each(sides)('registered at %s follows changes of either table alone, and deletes', async (_, sync) => {
    await open(sync, { entities });
    const em = system.em();
    const flag = em.create(FlagTable, { tenantId: 'acme', name: 'f', isOn: true });
    em.create(LimitTable, { tenantId: 'acme', name: 'l', most: 3 });
    await em.flush();
    await expectConverged();
    flag.name = 'g'; // the parent's table only
    await em.flush();
    await expectConverged();
    flag.isOn = false; // the leaf's table only
    await em.flush();
    await expectConverged();
    flag.tenantId = 'zeta';
    await em.flush();
    await expectConverged();
    em.remove(flag);
    await em.flush();
    await expectConverged();
    expect((await addresses()).filter(address => address.includes('flags') || address.endsWith(':1'))).toEqual([]);
  });

  it('registered at the root has the properties of the leaves', async () => {
    await open([[RuleTable, rules]], { entities });
    const em = system.em();
    em.create(FlagTable, { tenantId: 'acme', name: 'f', isOn: true });
    em.create(LimitTable, { tenantId: 'acme', name: 'l', most: 3 });
    await em.flush();
    expect(await system.value('acme', 'rules:id:1')).toEqual({ id: 1, tenantId: 'acme', name: 'f', isOn: true });
    expect(await system.value('acme', 'rules:id:2')).toEqual({ id: 2, tenantId: 'acme', name: 'l', most: 3 });
  });

  // R9
  it.each(sides)(
    'registered at %s lets two transactions change the two tables of a row without a deadlock',
    async (_, sync) => {
      await open(sync, { entities });
      const setup = system.em();
      setup.create(FlagTable, { tenantId: 'acme', name: 'f', isOn: true });
      await setup.flush();
      const [slow, fast] = [system.em(), system.em()];
      await slow.begin();
      await fast.begin();
      (await slow.findOneOrFail(FlagTable, 1)).name = 'g';
      (await fast.findOneOrFail(FlagTable, 1)).isOn = false;
      await slow.flush();
      const fastFlush = fast.flush(); // waits for the row that orders them
      await slow.commit();
      await fastFlush;
      await fast.commit();
      await expectConverged();
    },
  );
});

describe('two tables of one row, changed at once', () => {
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
  const bottoms = defineSync<Bottom>()({ name: 'bottoms', tenant: 'tenantId', keys: { id: ['id'] } });

  // R9
  it('do not wait for each other', async () => {
    await open([[Bottom, bottoms]], { entities: [Top, Bottom] });
    const setup = system.em();
    setup.create(Bottom, { tenantId: 'acme', name: 'f', isOn: true });
    await setup.flush();
    const change = async (values: Partial<Bottom>) => {
      const em = system.em();
      Object.assign(await em.findOneOrFail(Bottom, 1), values);
      await em.flush();
    };
    await Promise.all([change({ name: 'g' }), change({ isOn: false })]);
    expect(await system.value('acme', 'bottoms:id:1')).toMatchObject({ name: 'g', isOn: false });
  });
});
