import { afterEach, beforeEach, expect, it } from 'vitest';
import { limit } from '../configs.fixture.ts';
import { Plan, plans } from '../plans.fixture.ts';
import { aroundStatements } from '../publish/statements.fixture.ts';
import { openSystem, type TestSystem } from '../system.fixture.ts';
import { insertAuditRows } from '../tables/audit.ts';
import { type AuditLog, auditLog } from './audit-log.ts';

let system: TestSystem;
let log: AuditLog;
const BLOCK = 20_000;
const COUNT = 2 * BLOCK + 3;

beforeEach(async () => {
  system = await openSystem({ sync: [[Plan, plans]], tenantry: { admin: true, configs: [limit] } });
  log = auditLog(system.orm);
  const rows = Array.from({ length: COUNT }, (_, i) => ({
    // Many of one moment, also where one block ends and the next begins.
    ...{
      at: Math.floor(i / 100),
      action: 'config.set',
      scope: i % 2 === 0 ? 'global' : null,
      config: null,
      version: i,
    },
    ...{ actor: null, reason: i % 9_000 === 0 ? 'a Needle' : null, via: null, origin: null, diff: null },
    acceptedAt: null,
  }));
  await system.em().transactional(em => insertAuditRows(em, rows));
});
afterEach(() => system[Symbol.asyncDispose]());

const versionsOf = (entries: readonly { readonly version: number | undefined }[]) =>
  entries.map(({ version }) => version);
const FOUND = [36_000, 27_000, 18_000, 9_000, 0];

it('a search finds each entry once, block by block, whatever the size of its pages, and in both directions', async () => {
  for (const limit of [1, 2, 3, 100]) {
    const found: (number | undefined)[] = [];
    for (let cursor: string | undefined, isFirst = true; isFirst || cursor; isFirst = false) {
      const page = await log.list({ search: 'needle', limit, cursor });
      found.push(...versionsOf(page.items));
      cursor = page.cursor;
    }
    expect(found).toEqual(FOUND);
  }
  const exported: (number | undefined)[] = [];
  for await (const { version } of log.export({ search: 'needle', scope: 'global' })) exported.push(version);
  expect(exported).toEqual(FOUND.toReversed());
  expect(versionsOf((await log.list({ search: 'needle', since: 100, until: 300 })).items)).toEqual([27_000, 18_000]);
});

it('a search that finds nothing for long ends its page, and the cursor goes on', async () => {
  // Each statement takes a second of the clock by which a page ends.
  const { now } = performance;
  let passed = 0;
  performance.now = () => now.call(performance) + passed;
  aroundStatements(system, async (sql, execute) => {
    if (sql.includes('tenantry_audit')) passed += 1_001;
    return execute();
  });
  try {
    const pages = [];
    for (let cursor: string | undefined, isFirst = true; isFirst || cursor; isFirst = false) {
      const page = await log.list({ search: 'nowhere', cursor });
      pages.push(page.items.length);
      cursor = page.cursor;
    }
    expect(pages).toEqual([0, 0, 0]);
  } finally {
    performance.now = now;
  }
});
