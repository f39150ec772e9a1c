import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BenchContext } from '../bench-context.ts';
import { type Figure, figure } from '../figures/figure.ts';
import { inTurns } from '../figures/in-turns.ts';
import { fillTenants } from './admin/fill-tenants.ts';
import { openAdmin, plan, TOKEN } from './admin/open-admin.ts';

// As a user has it: the modules that `tsc` made, and what Node keeps of them from one start to the next.
const PROGRAM = fileURLToPath(new URL('./main.js', import.meta.resolve('@tenantry/cli')));
const TELLS_RSS =
  '--import=data:text/javascript,process.on("exit",()=>process.stderr.write("rss "+process.resourceUsage().maxRSS))';

/** The program `tenantry`: its start, one answer, and a list of ten thousand. Each round is a process of its own. */
export async function benchCommandLine(context: BenchContext): Promise<Figure[]> {
  await using opened = await openAdmin(context);
  await opened.store.tenant('acme').set(plan, { seats: 5, name: 'x' });
  await fillTenants(opened.orm, 10_000);
  const env = { TENANTRY_URL: `http://127.0.0.1:${opened.port}`, TENANTRY_TOKEN: TOKEN };
  const tenantry = (...words: string[]) => run([TELLS_RSS, PROGRAM, ...words], env);
  await tenantry('list', 'acme');
  const rounds = context.rounds(30);
  const starts = await inTurns(rounds, {
    bare: async () => (await run(['-e', '0'], env)).ms,
    version: async () => (await run([PROGRAM, '--version'], env)).ms,
    get: async () => (await run([PROGRAM, 'get', 'acme', 'plan'], env)).ms,
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
  ];
}

interface Ran {
  /** From the start of the process until its end, and until its first line. */
  readonly ms: number;
  readonly firstMs: number;
  readonly lines: number;
  /** kB */
  readonly rss: number;
}

async function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ran> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [firstMs, lines, errors] = [0, 0, ''];
  child.stdout.on('data', (chunk: Buffer) => {
    firstMs ||= performance.now() - startedAt;
    for (const byte of chunk) if (byte === 10) lines++;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk;
  });
  const code = await new Promise<number | null>(resolve => child.once('close', resolve));
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${errors}`);
  return { ms: performance.now() - startedAt, firstMs, lines, rss: Number(/rss (\d+)/.exec(errors)?.[1] ?? 0) };
}
