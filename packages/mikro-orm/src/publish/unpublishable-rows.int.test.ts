import { Type } from '@mikro-orm/core';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { defineSync } from '@tenantry/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { Plan, plans } from '../plans.fixture.ts';
import { holdNextApply, openSystem, ownersIn, type SystemOptions, type TestSystem } from '../system.fixture.ts';

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

async function open(options: Partial<SystemOptions> = {}): Promise<void> {
  system = await openSystem({ sync: [[Plan, plans]], ...options });
}

describe('rows that cannot be published', () => {
  class Picky extends Type<unknown, string> {
    override convertToDatabaseValue(value: unknown): string {
      return typeof value === 'function' ? 'function' : String(value);
    }
    override convertToJSValue(value: string): unknown {
      if (value === 'unreadable') throw new Error(`cannot read ${value}`);
      return value === 'function' ? () => 'top-secret' : value;
    }
    override get runtimeType(): string {
      return 'any';
    }
    override getColumnType(): string {
      return 'varchar(255)';
    }
  }
  @Entity({ tableName: 'odd' })
  class Odd {
    @PrimaryKey({ type: 'integer' }) id!: number;
    @Property({ type: 'string', nullable: true }) tenantId?: string | null;
    @Property({ type: Picky, nullable: true }) value?: unknown;
    @Property({ type: 'text', nullable: true }) long?: string | null;
  }
  const odd = defineSync<Odd>()({ name: 'odd', tenant: 'tenantId', keys: { id: ['id'] }, maxBytes: 1_000 });
  const openOdd = (options: Partial<SystemOptions> = {}) =>
    open({ sync: [[Odd, odd]], tenantry: { maxAttempts: 2 }, ...options });

  // R15
  it.each([
    {
      what: 'a value that cannot be encoded',
      bad: { value: () => 'top-secret' },
      code: 'PAYLOAD_UNENCODABLE',
      told: 3,
    },
    { what: 'a row that is too large', bad: { long: 'top-secret'.repeat(200) }, code: 'PAYLOAD_TOO_LARGE', told: 3 },
    { what: 'no tenant', bad: { tenantId: null, long: 'top-secret' }, code: 'TENANT_MISSING', told: 2 },
    {
      what: 'a tenant that is no id',
      bad: { tenantId: ' not an id\n', long: 'top-secret' },
      code: 'INVALID_TENANT',
      told: 2,
    },
    {
      what: 'a value that cannot be read',
      bad: { value: 'unreadable', long: 'top-secret' },
      code: 'UNAVAILABLE',
      told: 2,
    },
  ])(
    '$what: the transaction is not hurt, the row is dead with its error, the others go on',
    async ({ bad, code, told }) => {
      await openOdd();
      const em = system.em();
      em.create(Odd, { tenantId: 'acme', value: 'one' });
      em.create(Odd, { tenantId: 'acme', value: 'two', ...bad });
      em.create(Odd, { tenantId: 'acme', value: 'three' });
      await em.flush();
      expect(await system.sql('select id from odd')).toHaveLength(3);
      expect(Object.keys(await ownersIn(system))).toEqual(['acme/odd:id:1', 'acme/odd:id:3']);
      // With the other two, that this row has changed: where its tenant is known, and it could be read.
      expect((await system.feed('acme')).map(({ changes }) => changes.length)).toEqual([told]);
      await system.drain();
      expect(await system.replication.backlog()).toEqual({ waiting: 0, dead: 1 });
      const [dead] = await system.replication.deadRows();
      expect(dead).toMatchObject({
        definition: 'odd',
        recordId: '2',
        attempts: 2,
        error: expect.stringContaining(code),
      });
      expect(dead?.error).not.toContain('top-secret');
      expect(JSON.stringify(system.reports)).not.toContain('top-secret');
      expect(system.reportsOf('failed').map(report => [report.attempts, report.dead])).toEqual([
        [1, false],
        [2, true],
      ]);

      // Mended by hand, where no hook sees it.
      const long = system.orm.em.getPlatform().quoteIdentifier('long');
      await system.sql(`update odd set tenant_id = 'acme', value = 'mended', ${long} = null where id = 2`);
      expect(await system.replication.retryDeadRows([dead?.id as number])).toBe(1);
      await system.drain();
      expect(await system.value('acme', 'odd:id:2')).toMatchObject({ value: 'mended' });
      expect(await system.replication.backlog()).toEqual({ waiting: 0, dead: 0 });
    },
  );

  it('are given up on once, although two found them bad at the same time', async () => {
    await openOdd({ tenantry: { publish: 'relay', maxAttempts: 1 } });
    const em = system.em();
    em.create(Odd, { tenantId: 'acme', value: 'one' });
    em.create(Odd, { tenantId: 'acme', value: 'two', long: 'x'.repeat(2_000) });
    await em.flush();
    const held = holdNextApply(system);
    const relaying = system.replication.relay();
    await held.reached;
    await system.replication.backfill(Odd);
    expect(await system.replication.deadRows()).toMatchObject([{ recordId: '2', attempts: 1 }]);
    held.release();
    await relaying;
    expect(await system.replication.deadRows()).toMatchObject([{ recordId: '2', attempts: 1 }]);
    // The backfill tells of it once more, as of each row that it cannot bring.
    const told = system.reportsOf('failed').map(report => [report.attempts, report.dead]);
    expect(told.filter(([, dead]) => dead)).toEqual([[1, true]]);
  });

  it('can be discarded: Redis keeps what it had', async () => {
    await openOdd();
    const em = system.em();
    const row = em.create(Odd, { tenantId: 'acme', value: 'fine' });
    await em.flush();
    row.long = 'x'.repeat(2_000);
    await em.flush();
    await system.drain();
    expect(await system.replication.discardDeadRows()).toBe(1);
    expect(await system.replication.backlog()).toEqual({ waiting: 0, dead: 0 });
    expect(await system.value('acme', 'odd:id:1')).toMatchObject({ value: 'fine', long: null });
  });

  it('are gone from the tenant they left', async () => {
    await openOdd();
    const em = system.em();
    const row = em.create(Odd, { tenantId: 'acme', value: 'fine' });
    await em.flush();
    row.tenantId = null;
    await em.flush();
    expect(await ownersIn(system)).toEqual({});
  });

  it('do not stop a later good state of the same row', async () => {
    await openOdd();
    const em = system.em();
    const row = em.create(Odd, { tenantId: 'acme', value: 'fine', long: 'x'.repeat(2_000) });
    await em.flush();
    row.long = 'short';
    await em.flush();
    expect(await system.value('acme', 'odd:id:1')).toMatchObject({ long: 'short' });
    await system.drain();
    expect(await system.replication.backlog()).toEqual({ waiting: 0, dead: 0 });
  });
});
