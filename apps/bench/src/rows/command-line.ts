import type { BenchContext } from '../bench-context.ts';
import { type Figure, figure } from '../figures/figure.ts';
import { inTurns } from '../figures/in-turns.ts';
import { PROGRAM, type Ran, runNode, runTenantry } from '../processes/run-tenantry.ts';
import { fillTenants } from './admin/fill-tenants.ts';
import { openAdmin, plan, TOKEN } from './admin/open-admin.ts';
import { benchDeploys } from './deploys.ts';

/** The program `tenantry`: its start, one answer, and a list of ten thousand. Each round is a process of its own. */
export async function benchCommandLine(context: BenchContext): Promise<Figure[]> {
  await using opened = await openAdmin(context);
  await opened.store.tenant('acme').set(plan, { seats: 5, name: 'x' });
  await fillTenants(opened.orm, 10_000);
  const env = { TENANTRY_URL: `http://127.0.0.1:${opened.port}`, TENANTRY_TOKEN: TOKEN };
  const tenantry = (...words: string[]) => runTenantry(words, env);
  await tenantry('list', 'acme');
  const rounds = context.rounds(30);
  const starts = await inTurns(rounds, {
    bare: async () => (await runNode(['-e', '0'], env)).ms,
    version: async () => (await runNode([PROGRAM, '--version'], env)).ms,
    get: async () => (await runNode([PROGRAM, 'get', 'acme', 'plan'], env)).ms,
  });
  const lists: Ran[] = [];
  for (let round = 0; round < rounds; round++) lists.push(await tenantry('tenants', 'list', '-o', 'ndjson'));
  const short = lists.find(({ lines }) => lines < 10_000);
  if (short) throw new Error(`The list has ${short.lines} lines`);
  const above = starts.version.map((ms, round) => ms - (starts.bare[round] as number));
  const bare = { '`node -e 0`': starts.bare };
  return [
    figure({ what: '`tenantry --version`, above `node -e 0`', unit: 'ms', budget: '≤ 80 ms' }, above),
    figure({ what: '`tenantry --version`', unit: 'ms' }, starts.version, bare),
    figure({ what: '`tenantry get`, whole', unit: 'ms' }, starts.get, bare),
    figure(
      { what: 'first line of 10,000 tenants', unit: 'ms', budget: '≤ 300 ms' },
      lists.map(({ firstMs }) => firstMs),
    ),
    figure(
      { what: 'the whole list', unit: 'ms' },
      lists.map(({ ms }) => ms),
    ),
    figure(
      { what: 'memory of it, at its most (RSS)', unit: 'MB', budget: '< 100 MB' },
      lists.map(({ rss }) => rss / 1_024),
    ),
    ...(await benchDeploys(context)),
  ];
}
