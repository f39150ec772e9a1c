import { defineEntity, type InferEntity, type Opt, p, Type } from '@mikro-orm/core';
import { Embeddable, Embedded, Entity, Filter, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { defineSync } from '@tenantry/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { openSystem, type SystemOptions, type TestSystem, withoutVersions } from '../system.fixture.ts';
import type { SyncEntry } from './definition-registry.ts';

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

async function open(sync: readonly SyncEntry[], options: Partial<SystemOptions> = {}): Promise<void> {
  system = await openSystem({ sync, ...options });
}

async function expectConverged(): Promise<void> {
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}

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

  it('warns at the start where a key shows a property that readers are not to see', async () => {
    const shown = defineSync<Priced>()({
      name: 'shown',
      tenant: 'tenantId',
      keys: { secret: ['secret', 'id'] },
      omit: ['id'],
    });
    await open([
      [Priced, priced],
      [Priced, shown],
    ]);
    const warnings = system.reportsOf('warning').map(({ message }) => message);
    expect(warnings.map(message => message.slice(0, 35))).toEqual([
      '"shown" leaves "secret" of Priced o',
      '"shown" leaves "id" of Priced out o',
    ]);
    expect(warnings.join()).not.toContain('shh');
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
