import { defineConfig } from '@tenantry/protocol';
import { MASK } from '@tenantry/protocol/internal';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configStore } from '../config-store/config-store.ts';
import { codeOf } from '../config-store/store.fixture.ts';
import { pages } from '../config-store/views/pages.fixture.ts';
import { apiKey, limit } from '../configs.fixture.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { aroundStatements } from '../publish/statements.fixture.ts';
import { openSystem, type TestSystem } from '../system.fixture.ts';
import { insertAuditRows, type NewAuditRow } from '../tables/audit.ts';
import { type AuditLog, auditLog } from './audit-log.ts';

let system: TestSystem;
let log: AuditLog;

const renamed = defineConfig({
  ...{ name: 'secrets/new-key', aliases: ['secrets/old-key'], secret: true },
  schema: z.string(),
});

beforeEach(async () => {
  system = await openSystem({ sync: [[Plan, plans]], tenantry: { admin: true, configs: [limit, apiKey, renamed] } });
  log = auditLog(system.orm);
});
afterEach(() => system[Symbol.asyncDispose]());

const EMPTY: NewAuditRow = {
  ...{ at: 0, action: 'config.set', scope: null, config: null, version: null, actor: null, reason: null },
  ...{ via: null, origin: null, diff: null, acceptedAt: null },
};

/** Rows as some process wrote them. */
async function seed(rows: readonly Partial<NewAuditRow>[]): Promise<void> {
  await system.em().transactional(em =>
    insertAuditRows(
      em,
      rows.map(row => ({ ...EMPTY, ...row })),
    ),
  );
}

const reasonsOf = (page: { readonly items: readonly { readonly reason: string | undefined }[] }) =>
  page.items.map(({ reason }) => reason);

describe('the audit log', () => {
  it('lists the newest first, in pages, each entry once, also those of one moment', async () => {
    // Three of each moment, and not in the order of the moments.
    await seed(Array.from({ length: 30 }, (_, i) => ({ at: 1_000 + (i % 10), reason: String(i) })));
    const all = await log.list();
    expect(all.cursor).toBeUndefined();
    const order = all.items.map(({ at, id }) => [at.getTime(), id] as const);
    expect(order).toEqual(order.toSorted(([a, i], [b, j]) => b - a || j - i));
    const found = (await pages(cursor => log.list({ limit: 7, cursor }))).flat();
    expect(found).toEqual(all.items);
  });

  it('finds what a filter asks for, and all parts of a filter hold at once', async () => {
    await seed([
      { at: 1, scope: 'global', config: 'plan', actor: 'ann', via: 'admin 10.0.0.3', reason: 'a' },
      { at: 2, scope: 'tenants/acme', config: 'plan', actor: 'Ann', via: 'file app.yaml', reason: 'b' },
      { at: 3, scope: 'tenants/acme', config: 'limit', actor: 'ann', action: 'config.reveal', reason: 'c' },
      { at: 4, scope: 'tenants/Acme', diff: '[{"op":"add","path":"","value":"50%_GOLD"}]', reason: 'd' },
      { at: 5, action: 'dead-rows.retry', actor: 'ann', reason: 'e' },
    ]);
    const found = async (filter: Parameters<AuditLog['list']>[0]) => reasonsOf(await log.list(filter));
    expect(await found({ scope: 'tenants/acme' })).toEqual(['c', 'b']);
    expect(await found({ scope: null })).toEqual(['e']);
    expect(await found({ config: 'plan' })).toEqual(['b', 'a']);
    expect(await found({ actor: 'ann' })).toEqual(['e', 'c', 'a']);
    expect(await found({ action: 'config.reveal' })).toEqual(['c']);
    expect(await found({ since: 2, until: new Date(4) })).toEqual(['c', 'b']);
    expect(await found({ via: 'admin' })).toEqual(['a']);
    expect(await found({ search: '50%_gold' })).toEqual(['d']);
    expect(await found({ search: '%' })).toEqual(['d']);
    expect(await found({ search: 'APP.Y' })).toEqual(['b']);
    expect(await found({ scope: 'tenants/acme', config: 'plan', actor: 'ann' })).toEqual([]);
    expect(await found({ scope: 'tenants/acme', actor: 'ann', since: 3 })).toEqual(['c']);
  });

  // B4
  it('refuses the cursor of another list, and what is no filter', async () => {
    await seed([{ at: 1, scope: 'global' }, { at: 2, scope: 'global' }, { at: 3 }]);
    const { cursor } = await log.list({ scope: 'global', limit: 1 });
    expect(await codeOf(log.list({ scope: 'tenants/acme', limit: 1, cursor }))).toBe('INVALID_CURSOR');
    expect(await codeOf(log.list({ cursor }))).toBe('INVALID_CURSOR');
    expect(await codeOf(log.list({ scope: 'global', since: 1, cursor }))).toBe('INVALID_CURSOR');
    expect(await codeOf(log.list({ scope: 'global', cursor: 'x' }))).toBe('INVALID_CURSOR');
    expect((await log.list({ scope: 'global', limit: 5, cursor })).items).toHaveLength(1);
    for (const bad of [{ scope: 'acme' }, { since: 'x' }, { limit: 0 }, { actor: 7 }, { actors: 'ann' }, { search: 1 }])
      expect(await codeOf(log.list(bad as never))).toBe('INVALID_OPTION');
    expect(() => log.export({ until: Number.NaN })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  it('exports the oldest first, and holds no more than a batch however many there are', async () => {
    await seed(Array.from({ length: 1_234 }, (_, i) => ({ at: i, actor: i % 2 === 0 ? 'ann' : 'bob' })));
    let asked = 0;
    aroundStatements(system, (sql, execute) => {
      if (/tenantry_audit.*order by/s.test(sql)) asked++;
      return execute();
    });
    const times: number[] = [];
    for await (const { at } of log.export({ actor: 'ann' })) {
      times.push(at.getTime());
      // A batch is asked for when the one before it is used up.
      expect(asked).toBe(Math.ceil(times.length / 100));
    }
    expect(times).toEqual(Array.from({ length: 617 }, (_, i) => 2 * i));
  });

  it('is trimmed by age, in batches, and stops when it is told to', async () => {
    const now = system.replication.now();
    await seed(Array.from({ length: 1_200 }, (_, i) => ({ at: now - 60_000 - i })));
    await seed([{ at: now, reason: 'young' }]);
    const stop = new AbortController();
    const counts: number[] = [];
    const onProgress = (count: number) => {
      counts.push(count);
      stop.abort();
    };
    expect(await log.trim({ olderThanMs: 30_000, onProgress, signal: stop.signal })).toBe(500);
    expect(await log.trim({ olderThanMs: 30_000 })).toBe(700);
    expect(counts).toEqual([500]);
    expect(reasonsOf(await log.list())).toEqual(['young']);
    for (const olderThanMs of [undefined, 0, -1, 1.5])
      expect(await codeOf(log.trim({ olderThanMs } as never))).toBe('INVALID_OPTION');
  });
});

describe('`record`', () => {
  it('writes what the store does not do itself, as whoever the call runs as', async () => {
    await configStore(system.orm).runAs({ actor: 'ann', via: 'admin ::1' }, () =>
      log.record({ action: 'config.reveal', scope: 'tenants/acme', config: 'secrets/api-key', version: 3 }),
    );
    await log.record({ action: 'dead-rows.retry', actor: 'bob', reason: 'T-2', diff: [] });
    expect((await log.list()).items).toMatchObject([
      { action: 'dead-rows.retry', scope: undefined, actor: 'bob', reason: 'T-2', diff: [] },
      { action: 'config.reveal', scope: 'tenants/acme', version: 3, actor: 'ann', via: 'admin ::1', diff: undefined },
    ]);
  });

  it('is part of the transaction that it is given, and of no other', async () => {
    const entry = { action: 'repair.run' } as const;
    await system
      .em()
      .transactional(async em => {
        await log.record(entry, em);
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    expect((await log.list()).items).toEqual([]);
    expect(await codeOf(log.record(entry, system.em()))).toBe('NOT_ATOMIC');
    // A reveal that has happened stays in the log, whatever becomes of the transaction around it.
    await system
      .em()
      .transactional(async () => {
        await log.record(entry);
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    expect((await log.list()).items).toHaveLength(1);
  });

  it('masks the steps of a secret, and of a config that is not registered', async () => {
    const diff = [{ op: 'replace', path: '/key', value: { deep: ['canary'] } }] as const;
    for (const config of ['secrets/api-key', 'unknown', 'limits/requests'])
      await log.record({ action: 'config.reveal', config, diff });
    const values = (await log.list()).items.map(entry => JSON.stringify(entry.diff));
    const masked = JSON.stringify([{ ...diff[0], value: { deep: [MASK] } }]);
    expect(values).toEqual([JSON.stringify(diff), masked, masked]);
  });

  // B22
  it('shows no value of a config that has become a secret since its entries were written', async () => {
    const diff = '[{"op":"add","path":"","value":{"key":"was-shown"}},{"op":"remove","path":"/old"}]';
    await seed([
      { at: 1, scope: 'global', config: apiKey.name, diff },
      { at: 2, scope: 'global', config: limit.name, diff },
    ]);
    const masked = [
      { op: 'add', path: '', value: { key: MASK } },
      { op: 'remove', path: '/old' },
    ];
    const { items } = await log.list();
    expect(items.map(entry => entry.diff)).toEqual([JSON.parse(diff), masked]);
    const exported: unknown[] = [];
    for await (const entry of log.export()) exported.push(entry.diff);
    expect(exported).toEqual([masked, JSON.parse(diff)]);
  });

  it('finds no entry by a value that it does not show, and does by what else stands there', async () => {
    const diff = '[{"op":"add","path":"","value":{"key":"was-shown"}}]';
    await seed([
      { at: 1, scope: 'global', config: apiKey.name, reason: 'key', diff },
      { at: 2, scope: 'global', config: 'secrets/old-key', reason: 'by a former name', diff },
      { at: 3, scope: 'global', config: limit.name, reason: 'limit', diff },
      { at: 4, scope: 'global', reason: 'of none', diff },
    ]);
    for (const search of ['was-shown', 'WAS-SH', '"w'])
      expect(reasonsOf(await log.list({ search }))).toEqual(['of none', 'limit']);
    expect(reasonsOf(await log.list({ search: 'was-shown', config: apiKey.name }))).toEqual([]);
    expect(reasonsOf(await log.list({ search: 'api-KEY' }))).toEqual(['key']);
    const exported: unknown[] = [];
    for await (const { reason } of log.export({ search: 'was-shown' })) exported.push(reason);
    expect(exported).toEqual(['limit', 'of none']);
  });

  it('refuses what the columns do not take, and writes nothing', async () => {
    const action = 'config.reveal';
    const bad = [
      {},
      { action: 'x' },
      { action: 'Config.reveal' },
      { action: `config.${'x'.repeat(26)}` },
      { action, scope: 'acme' },
      { action, config: 'x'.repeat(129) },
      { action, actor: 'x'.repeat(256) },
      { action, origin: 7 },
      { action, diff: 'x' },
      { action, unknown: 1 },
    ];
    for (const entry of bad) expect(await codeOf(log.record(entry as never))).toBe('INVALID_OPTION');
    expect(await codeOf(log.record({ action, version: -1 }))).toBe('INVALID_VERSION');
    expect((await log.list()).items).toEqual([]);
  });
});

it('is not there without the option', async () => {
  await using plain = await openSystem({ sync: [[Plan, plans]], tenantry: { configs: [limit] } });
  expect(() => auditLog(plain.orm)).toThrow(expect.objectContaining({ code: 'NOT_REGISTERED' }));
});
