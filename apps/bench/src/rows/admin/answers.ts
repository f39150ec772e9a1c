import type { MikroORM } from '@mikro-orm/core';
import type { BenchContext } from '../../bench-context.ts';
import { type Figure, figure } from '../../figures/figure.ts';
import { inTurns } from '../../figures/in-turns.ts';
import { openBullBoard } from '../../peers/bull-board.ts';
import { fillTenants } from './fill-tenants.ts';
import { openAdmin, plan, TOKEN } from './open-admin.ts';

const AUTHORIZATION = { authorization: `Bearer ${TOKEN}` };

/** What is asked for again and again, over HTTP on one machine; beside bull-board where it has the same. */
export async function benchAnswers(context: BenchContext): Promise<Figure[]> {
  await using opened = await openAdmin(context);
  const { orm, port, store } = opened;
  await store.tenant('acme').set(plan, { seats: 5, name: 'x' });
  const entries = context.size(1_000_000);
  await fill(orm, entries);
  const board = await openBullBoard(context.redisUrl, context.prefix, 100);
  const api = `http://127.0.0.1:${port}/api/v1`;
  const { headers } = await fetch(`${api}/tenants/acme/configs/plan`, { headers: AUTHORIZATION });
  const etag = headers.get('etag') as string;
  const get = (url: string, status = 200, more: Record<string, string> = {}) => timed(url, status, more);
  // Not in turns with the board: it runs in this process, and leaves its garbage to whatever comes next.
  const times = await inTurns(context.rounds(2_000), {
    config: () => get(`${api}/tenants/acme/configs/plan`),
    unchanged: () => get(`${api}/tenants/acme/configs/plan`, 304, { 'if-none-match': etag }),
  });
  const lists = await inTurns(context.rounds(200), {
    audit: () => get(`${api}/audit?limit=100`),
    scope: () => get(`${api}/audit?limit=100&scope=tenants/t7`),
    tenants: () => get(`${api}/tenants?limit=100`),
    board: () => get(`${board.url}/api/queues?activeQueue=bench&status=waiting&page=1&jobsPerPage=100`),
  });
  await board.close();
  const many = entries.toLocaleString('en');
  const beside = { 'bull-board: a page of 100 jobs': lists.board };
  const budget = '≤ 30 ms';
  return [
    figure({ what: 'GET of one config', unit: 'ms', budget: 'p99 ≤ 5 ms' }, times.config),
    figure({ what: 'the same with its ETag: 304', unit: 'ms', budget: '≤ 2 ms' }, times.unchanged),
    figure({ what: `the last 100 entries of an audit log of ${many}`, unit: 'ms', budget }, lists.audit, beside),
    figure({ what: 'the last 100 entries of one tenant of it', unit: 'ms', budget }, lists.scope, beside),
    figure({ what: `the first 100 of ${many} tenants`, unit: 'ms', budget }, lists.tenants, beside),
  ];
}

async function timed(url: string, status: number, headers: Record<string, string>): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(url, { headers: { ...AUTHORIZATION, ...headers } });
  await response.arrayBuffer();
  if (response.status !== status) throw new Error(`${url} was answered with ${response.status}`);
  return performance.now() - startedAt;
}

/** Entries of a thousand tenants, as they stand after months; and as many tenants that have a value. */
async function fill(orm: MikroORM, count: number): Promise<void> {
  const connection = orm.em.getConnection() as unknown as { execute(sql: string): Promise<unknown> };
  await connection.execute(
    `insert into tenantry_audit (at, action, scope, config, version, actor, diff)
      select 1700000000000 + seq, 'config.set', concat('tenants/t', seq % 1000), 'plan', seq, 'ann', '[{"op":"add","path":""}]' from seq_1_to_${count}`,
  );
  await fillTenants(orm, count);
}
