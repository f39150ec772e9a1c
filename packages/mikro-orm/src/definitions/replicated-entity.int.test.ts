import {
  Cascade,
  Collection,
  defineEntity,
  type Ref as EntityRef,
  EntitySchema,
  type EventSubscriber,
  type InferEntity,
  type Opt,
  p,
  Type,
} from '@mikro-orm/core';
import {
  Embeddable,
  Embedded,
  Entity,
  Filter,
  ManyToMany,
  ManyToOne,
  OneToMany,
  PrimaryKey,
  Property,
} from '@mikro-orm/decorators/legacy';
import { defineSync, type SyncDefinition } from '@tenantry/protocol';
import { eventually, testServers } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { openSystem, ownersIn, type SystemOptions, type TestSystem, withoutVersions } from '../system.fixture.ts';
import type { SyncEntry } from './definition-registry.ts';

const isPostgres = testServers().databaseUrl.startsWith('postgres');

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

describe('two tables of one row, both locked before either change is captured', () => {
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
    let updates = 0;
    const gate: EventSubscriber = {
      afterUpdate: async () => {
        updates++;
        await eventually(() => updates >= 2);
      },
    };
    await open([[Bottom, bottoms]], { entities: [Top, Bottom], orm: { subscribers: [gate] } });
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

describe('embeddables', () => {
  @Embeddable()
  class Address {
    @Property({ type: 'string' }) street!: string;
    @Property({ type: 'string', nullable: true }) city?: string | null;
  }
  @Entity({ tableName: 'site' })
  class Site {
    @PrimaryKey({ type: 'integer' }) id!: number;
    @Property({ type: 'string' }) tenantId!: string;
    @Embedded(() => Address) inline!: Address;
    @Embedded(() => Address, { object: true, nullable: true }) object?: Address | null;
    @Embedded(() => Address, { array: true }) many: Address[] & Opt = [];
  }
  const sites = defineSync<Site>()({ name: 'sites', tenant: 'tenantId', keys: { id: ['id'] } });

  // R6
  it('are replicated as plain data, inline, as an object and as an array', async () => {
    await open([[Site, sites]]);
    const em = system.em();
    const site = em.create(Site, {
      tenantId: 'acme',
      inline: { street: 'a', city: 'x' },
      object: { street: 'b' },
      many: [{ street: 'c', city: 'y' }],
    });
    await em.flush();
    const value = async () => JSON.parse(JSON.stringify(await system.value('acme', 'sites:id:1')));
    expect(await value()).toEqual({
      id: 1,
      tenantId: 'acme',
      inline: { street: 'a', city: 'x' },
      object: { street: 'b' },
      many: [{ street: 'c', city: 'y' }],
    });
    site.inline.city = 'z';
    await em.flush();
    expect(await value()).toMatchObject({ inline: { street: 'a', city: 'z' } });
    site.many.push(Object.assign(new Address(), { street: 'd' }));
    site.object = null;
    await em.flush();
    expect(await value()).toMatchObject({ object: null, many: [{ street: 'c' }, { street: 'd' }] });
  });

  it('cannot be keyed by one of their columns', async () => {
    const byColumn = defineSync<Site>()({ name: 'sites', keys: { street: ['inline_street'] as never } });
    await expect(open([[Site, byColumn]])).rejects.toThrow(/inline_street/);
  });
});

describe('relations', () => {
  @Entity({ tableName: 'owner' })
  class Owner {
    @PrimaryKey({ type: 'integer' }) id!: number;
    @Property({ type: 'string' }) tenantId!: string;
    @ManyToMany(
      () => Tag,
      tag => tag.owners,
      { owner: true },
    )
    tags = new Collection<Tag>(this);
    @OneToMany(
      () => Part,
      part => part.owner,
      { orphanRemoval: true, cascade: [Cascade.ALL] },
    )
    parts = new Collection<Part>(this);
  }
  @Entity({ tableName: 'tag' })
  class Tag {
    @PrimaryKey({ type: 'integer' }) id!: number;
    @ManyToMany(
      () => Owner,
      owner => owner.tags,
    )
    owners = new Collection<Owner>(this);
  }
  @Entity({ tableName: 'part' })
  class Part {
    @PrimaryKey({ type: 'integer' }) id!: number;
    @Property({ type: 'string' }) tenantId!: string;
    @ManyToOne(() => Owner, { ref: true }) owner!: EntityRef<Owner>;
  }
  const owners = defineSync<Owner>()({ name: 'owners', tenant: 'tenantId', keys: { id: ['id'] }, omit: ['parts'] });
  const parts = defineSync<Part>()({ name: 'parts', tenant: 'tenantId', keys: { id: ['id'], owner: ['owner', 'id'] } });
  const entities = [Owner, Tag, Part];

  async function openRelations(): Promise<void> {
    await open(
      [
        [Owner, owners],
        [Part, parts],
      ],
      { entities },
    );
    const em = system.em();
    const owner = em.create(Owner, { tenantId: 'acme', tags: [{}, {}] } as never) as Owner;
    em.create(Part, { tenantId: 'acme', owner });
    em.create(Part, { tenantId: 'acme', owner });
    em.create(Tag, {} as never);
    em.create(Owner, { tenantId: 'acme' } as never);
    await em.flush();
  }

  // R6
  it('to one are the other key, and can be keyed by', async () => {
    await openRelations();
    expect(await addresses()).toContain('acme/parts:owner:1:1');
    expect(await system.value('acme', 'parts:id:1')).toEqual({ id: 1, tenantId: 'acme', owner: 1 });
    const em = system.em();
    (await em.findOneOrFail(Part, 1)).owner = em.getReference(Owner, 2, { wrapped: true });
    await em.flush();
    expect(await addresses()).toContain('acme/parts:owner:2:1');
    expect(await addresses()).not.toContain('acme/parts:owner:1:1');
    await expectConverged();
  });

  // R6
  it('many to many are the list of keys, and a change of nothing else is seen from the owning side', async () => {
    await openRelations();
    expect(await system.value('acme', 'owners:id:1')).toEqual({ id: 1, tenantId: 'acme', tags: [1, 2] });
    const em = system.em();
    const owner = await em.findOneOrFail(Owner, 1, { populate: ['tags'] });
    owner.tags.remove(em.getReference(Tag, 1));
    owner.tags.add(em.getReference(Tag, 3));
    await em.flush();
    expect(await system.value('acme', 'owners:id:1')).toEqual({ id: 1, tenantId: 'acme', tags: [2, 3] });
    await expectConverged();
  });

  // R6, R7
  it('many to many are seen where the collection was never loaded', async () => {
    await openRelations();
    const em = system.em();
    ((await em.findOneOrFail(Owner, 1, { fields: ['id'] })) as unknown as Owner).tags.add(em.getReference(Tag, 3));
    await em.flush();
    expect(await system.value('acme', 'owners:id:1')).toMatchObject({ tags: [1, 2, 3] });
    await expectConverged();
  });

  // R6
  it('many to many are seen from the other side', async () => {
    await openRelations();
    const em = system.em();
    const tag = await em.findOneOrFail(Tag, 1, { populate: ['owners'] });
    tag.owners.add(em.getReference(Owner, 2));
    tag.owners.remove(em.getReference(Owner, 1));
    await em.flush();
    expect(await system.value('acme', 'owners:id:1')).toMatchObject({ tags: [2] });
    expect(await system.value('acme', 'owners:id:2')).toMatchObject({ tags: [1] });
    await expectConverged();
  });

  // R6
  it('many to many that lose a deleted row are seen', async () => {
    await openRelations();
    const em = system.em();
    em.remove(await em.findOneOrFail(Tag, 1, { populate: ['owners'] }));
    await em.flush();
    expect(await system.value('acme', 'owners:id:1')).toMatchObject({ tags: [2] });
  });

  // R9
  it('many to many that two transactions change at once end at both changes', async () => {
    await openRelations();
    const [slow, fast] = [system.em(), system.em()];
    const add = async (em: typeof slow, tag: number) =>
      ((await em.findOneOrFail(Owner, 2, { fields: ['id'] })) as unknown as Owner).tags.add(em.getReference(Tag, tag));
    await slow.begin();
    await add(slow, 1);
    await slow.flush();
    await add(fast, 2);
    let isDone = false;
    const flush = fast.flush().then(() => {
      isDone = true;
    });
    // Without the owner's lock the fast one would draw the higher version and publish without the slow one's tag.
    await eventually(async () => (await waitingTransactions()) === 1, { intervalMs: 150 });
    expect(isDone).toBe(false);
    await slow.commit();
    await flush;
    expect(await system.value('acme', 'owners:id:2')).toMatchObject({ tags: [1, 2] });
    await expectConverged();
  });

  async function waitingTransactions(): Promise<number> {
    const waits = isPostgres
      ? "pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%owner%'"
      : "information_schema.innodb_trx where trx_state = 'LOCK WAIT' and trx_query like '%owner%'";
    return (await system.sql(`select * from ${waits}`)).length;
  }

  // R6
  it('that orphan a row remove it', async () => {
    await openRelations();
    const em = system.em();
    const owner = await em.findOneOrFail(Owner, 1, { populate: ['parts'] });
    owner.parts.remove(owner.parts[0] as Part);
    await em.flush();
    await expectConverged();
    expect(await addresses()).not.toContain('acme/parts:id:1');
    owner.parts.removeAll();
    await em.flush();
    await expectConverged();
  });

  // R6
  it('that cascade a removal remove every row of it', async () => {
    await openRelations();
    const em = system.em();
    em.remove(await em.findOneOrFail(Owner, 1, { populate: ['parts'] }));
    await em.flush();
    expect(await addresses()).toEqual(['acme/owners:id:2']);
  });
});

describe('primary keys', () => {
  interface Row {
    tenantId: string;
    name: string;
  }
  const shared = { tenantId: { type: 'string' }, name: { type: 'string' } } as const;
  interface ByBigint extends Row {
    id: bigint;
  }
  interface ByText extends Row {
    code: string;
  }
  interface ByUuid extends Row {
    uuid: string;
  }
  interface ByDate extends Row {
    day: Date;
    slot: number;
  }
  interface ByBytes extends Row {
    hash: Buffer;
  }
  interface ByPair extends Row {
    left: string;
    right: number;
  }
  interface ByParent extends Row {
    parent: EntityRef<ByPair> | ByPair;
    line: number;
  }
  interface ByOne extends Row {
    of: ByText;
  }
  const Big = new EntitySchema<ByBigint>({
    name: 'Big',
    properties: { id: { type: 'bigint', primary: true }, ...shared },
  });
  const Text = new EntitySchema<ByText>({
    name: 'Text',
    tableName: 'by_text',
    properties: { code: { type: 'string', length: 100, primary: true }, ...shared },
  });
  const Uuid = new EntitySchema<ByUuid>({
    name: 'Uuid',
    tableName: 'by_uuid',
    properties: { uuid: { type: 'uuid', primary: true }, ...shared },
  });
  const Day = new EntitySchema<ByDate>({
    name: 'Day',
    tableName: 'by_day',
    properties: {
      day: { type: 'datetime', length: 3, primary: true },
      slot: { type: 'integer', primary: true },
      ...shared,
    },
  });
  const Bytes = new EntitySchema<ByBytes>({
    name: 'Bytes',
    tableName: 'by_bytes',
    properties: {
      hash: { type: 'blob', columnType: isPostgres ? 'bytea' : 'varbinary(32)', primary: true },
      ...shared,
    },
  });
  const Pair = new EntitySchema<ByPair>({
    name: 'Pair',
    properties: { left: { type: 'string', primary: true }, right: { type: 'integer', primary: true }, ...shared },
  });
  const Line = new EntitySchema<ByParent>({
    name: 'Line',
    properties: {
      parent: { kind: 'm:1', entity: () => Pair as never, primary: true },
      line: { type: 'integer', primary: true },
      ...shared,
    },
  });
  const One = new EntitySchema<ByOne>({
    name: 'One',
    properties: { of: { kind: '1:1', entity: () => Text as never, primary: true, owner: true }, ...shared },
  });
  const by = (name: string, keys: Record<string, string[]>) =>
    defineSync<Row>()({ name, tenant: 'tenantId', keys: keys as never }) as SyncDefinition<never, never, unknown>;

  const cases: [string, object, SyncEntry[], (i: number, em: ReturnType<TestSystem['em']>) => object][] = [
    ['bigints beyond 2^53', Big, [[Big, by('rows', { id: ['id'] })]], i => ({ id: 2n ** 60n + BigInt(i) })],
    [
      'text with separators',
      Text,
      [[Text, by('rows', { code: ['code'] })]],
      i => ({ code: ['a:b,{c}', 'a,b', '%2C', 'ünï 😀'][i % 4] }),
    ],
    [
      'uuids',
      Uuid,
      [[Uuid, by('rows', { uuid: ['uuid'] })]],
      i => ({ uuid: `0189f7a1-0000-7000-8000-00000000000${i}` }),
    ],
    [
      'a date and a number',
      Day,
      [[Day, by('rows', { slot: ['day', 'slot'] })]],
      i => ({ day: new Date(Date.UTC(2024, 1, 29, 12, 0, 0, 120)), slot: i }),
    ],
    ['bytes', Bytes, [[Bytes, by('rows', { hash: ['hash'] })]], i => ({ hash: Buffer.from([0, 255, i]) })],
    ['two columns', Pair, [[Pair, by('rows', { both: ['left', 'right'] })]], i => ({ left: 'a,b', right: i })],
    [
      'a parent of two columns',
      Line,
      [[Line, by('rows', { line: ['line'] })]],
      (i, em) => {
        const pair = em.create(Pair, { left: 'p', right: i, tenantId: 'x', name: 'parent' });
        return { parent: pair, line: i };
      },
    ],
    [
      'another row',
      One,
      [[One, by('rows', { of: ['of'] })]],
      (i, em) => ({ of: em.create(Text, { code: `t${i}`, tenantId: 'x', name: 'parent' }) }),
    ],
  ];

  it.each(cases)(
    'of %s are found again by the relay, in a move, a delete and a backfill',
    async (_, entity, sync, key) => {
      await open(sync, { entities: [Big, Text, Uuid, Day, Bytes, Pair, Line, One], tenantry: { publishTimeoutMs: 0 } });
      const em = system.em();
      const rows = [0, 1, 2, 3].map(
        i => em.create(entity as never, { ...key(i, em), tenantId: 'acme', name: `n${i}` } as never) as Row,
      );
      await em.flush();
      await system.drain();
      await expectConverged();
      expect((await addresses()).length).toBe(4);

      (rows[0] as Row).tenantId = 'zeta';
      (rows[1] as Row).name = 'new';
      await em.flush();
      em.remove(rows[2] as Row);
      await em.flush();
      await system.drain();
      await expectConverged();
      expect((await addresses()).length).toBe(3);

      await system.redis.del(...(await system.redis.keys(`${system.prefix}*`)));
      const progress = await system.replication.backfill(entity, { batchSize: 2 });
      expect(progress).toMatchObject({ rows: 3, applied: 3, failed: 0 });
      await expectConverged();
    },
  );

  const sameCase = 'that differ only in case for us and not for the database are one record';
  it.skipIf(isPostgres)(isPostgres ? `${sameCase} (skipped: PostgreSQL tells them apart)` : sameCase, async () => {
    await open([[Text, by('rows', { code: ['code'] })]], { entities: [Text] });
    const em = system.em();
    em.create(Text, { code: 'ABC', tenantId: 'acme', name: 'old' });
    await em.flush();
    const other = system.em();
    (other.getReference(Text, 'abc' as never) as unknown as ByText).name = 'new';
    await other.flush();
    expect(await system.value('acme', 'rows:code:ABC')).toMatchObject({ name: 'new' });
    await expectConverged();
    const third = system.em();
    third.remove(third.getReference(Text, 'aBc' as never));
    await third.flush();
    expect(await addresses()).toEqual([]);
  });

  it('of up to 640 escaped characters are replicated, longer ones are refused before anything is committed', async () => {
    await open([[Text, by('rows', { code: ['code'] })]], { entities: [Text] });
    const em = system.em();
    em.create(Text, { code: '😀'.repeat(53), tenantId: 'acme', name: 'long' });
    await em.flush();
    await expectConverged();
    expect(await addresses()).toHaveLength(1);
    em.create(Text, { code: '😀'.repeat(54), tenantId: 'acme', name: 'longer' });
    await expect(em.flush()).rejects.toMatchObject({ code: 'INVALID_KEY' });
    expect(await system.sql('select code from by_text')).toHaveLength(1);
  });
});

describe('what is selected', () => {
  class Money extends Type<{ cents: number }, string> {
    override get runtimeType(): string {
      return 'object';
    }
    override convertToDatabaseValue(value: { cents: number }): string {
      return String(value.cents);
    }
    override convertToJSValue(value: string): { cents: number } {
      return { cents: Number(value) };
    }
    override getColumnType(): string {
      return 'varchar(32)';
    }
  }
  @Filter({ name: 'tenant', cond: args => ({ tenantId: args.tenant }), default: true })
  @Filter({ name: 'alive', cond: { gone: false }, default: true })
  @Entity({ tableName: 'priced' })
  class Priced {
    @PrimaryKey({ type: 'integer' }) id!: number;
    @Property({ type: 'string' }) tenantId!: string;
    @Property({ type: 'boolean', default: false }) gone: boolean & Opt = false;
    @Property({ type: Money }) price!: { cents: number };
    @Property({ type: 'string', hidden: true }) secret: string & Opt = 'shh';
    @Property({ type: 'string', lazy: true, nullable: true }) long?: string | null;
    @Property({ type: 'json', nullable: true }) json?: unknown;
    @Property({ persist: false, type: 'string' }) computed?: string & Opt;
  }
  const priced = defineSync<Priced>()({ name: 'priced', tenant: 'tenantId', keys: { id: ['id'] } });

  it('is not narrowed by filters of the application, its tenant filter included', async () => {
    await open([[Priced, priced]], { orm: { allowGlobalContext: true } });
    const em = system.em();
    em.setFilterParams('tenant', { tenant: 'nobody' });
    system.orm.em.setFilterParams('tenant', { tenant: 'nobody' });
    em.create(Priced, { tenantId: 'acme', price: { cents: 5 }, gone: true });
    await em.flush();
    expect(await system.value('acme', 'priced:id:1')).toEqual({
      id: 1,
      tenantId: 'acme',
      gone: true,
      price: { cents: 5 },
      long: null,
      json: null,
    });
    await system.redis.del(...(await system.redis.keys(`${system.prefix}*`)));
    await system.replication.backfill(Priced);
    await expectConverged();
  });

  // R7
  it('is the whole row although only a part of it was loaded or nothing', async () => {
    await open([[Priced, priced]]);
    const em = system.em();
    em.create(Priced, { tenantId: 'acme', price: { cents: 5 }, long: 'l', json: { a: [1] } });
    await em.flush();
    const whole = { tenantId: 'acme', price: { cents: 6 }, long: 'l', json: { a: [1] } };
    const partial = system.em();
    const row = await partial.findOneOrFail(Priced, 1, { fields: ['price'], filters: false });
    (row as { price: { cents: number } }).price = { cents: 6 };
    await partial.flush();
    expect(await system.value('acme', 'priced:id:1')).toMatchObject(whole);
    const reference = system.em();
    reference.getReference(Priced, 1).json = { a: [2] };
    await reference.flush();
    expect(await system.value('acme', 'priced:id:1')).toMatchObject({ ...whole, json: { a: [2] } });
  });

  // R7
  it('has lazy properties behind a reference, also where they alone changed', async () => {
    const Document = defineEntity({
      name: 'Document',
      properties: { id: p.integer().primary(), body: p.text().lazy().ref(), maybe: p.string().lazy().ref().nullable() },
    });
    const documents = defineSync<InferEntity<typeof Document>>()({ name: 'documents', keys: { id: ['id'] } });
    await open([[Document, documents]]);
    const em = system.em();
    em.create(Document, { id: 1, body: 'one', maybe: null });
    await em.flush();
    const value = async () => (await system.redisKeys())['@global/documents:id:1']?.value;
    expect(await value()).toEqual({ id: 1, body: 'one', maybe: null });
    const other = system.em();
    (await other.findOneOrFail(Document, 1)).body.set('two');
    await other.flush();
    expect(await value()).toEqual({ id: 1, body: 'two', maybe: null });
  });

  it('has hidden properties only where they are picked', async () => {
    const picked = defineSync<Priced>()({ name: 'picked', tenant: 'tenantId', keys: { id: ['id'] }, pick: ['secret'] });
    const omitted = defineSync<Priced>()({ name: 'omitted', keys: { id: ['id'] }, omit: ['price', 'json', 'long'] });
    await open([
      [Priced, priced],
      [Priced, picked],
      [Priced, omitted],
    ]);
    const em = system.em();
    em.create(Priced, { tenantId: 'acme', price: { cents: 5 }, long: 'l' });
    await em.flush();
    expect(await system.value('acme', 'picked:id:1')).toEqual({ secret: 'shh' });
    expect(await system.value('acme', 'priced:id:1')).toMatchObject({ price: { cents: 5 }, long: 'l' });
    expect((await system.redisKeys())['@global/omitted:id:1']?.value).toEqual({ id: 1, tenantId: 'acme', gone: false });
    await expectConverged();
  });
});
