// Runs tests again and again, and says which of them do not always pass:
//   npm run flakes -- --times 20 --busy packages/sdk/src/watch.int.test.ts
//   npm run flakes -- --times 3 --whole
// Without a file: all integration tests. `--busy` keeps the cores and the disk busy meanwhile, `--stutter` stops one
// process after the other for a moment. `--database mysql` takes that one. `--whole` repeats all of `npm test`. Ends
// with 1 if anything failed, and leaves the whole table and what the failed runs printed under .tenantry/flakes.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { DatabaseKind } from '../packages/testing/src/servers/database-server.ts';
import { sweepLeftovers } from '../packages/testing/src/servers/process/private-folder.ts';
import { startServices } from '../packages/testing/src/servers/start-services.ts';
import { endCommands, root, runCommand } from './command.ts';
import { exitOnSignals } from './exit-on-signals.ts';
import { formatRows, huntTable, interestingRows } from './flakes/hunt-table.ts';
import { startBusyness } from './flakes/start-busyness.ts';
import { startStutter } from './flakes/start-stutter.ts';
import { type Report, readReport } from './vitest/read-report.ts';

const FOLDER = `${root}.tenantry/flakes`;
const REPORTS = `${root}.tenantry/reports`;

const { values, positionals: files } = parseArgs({
  allowPositionals: true,
  options: {
    times: { type: 'string', default: '10' },
    busy: { type: 'boolean', default: false },
    stutter: { type: 'boolean', default: false },
    whole: { type: 'boolean', default: false },
    database: { type: 'string', default: 'mariadb' },
  },
});
const times = Number(values.times);
if (!Number.isInteger(times) || times < 1) fail(`--times must be a whole number from 1 on, got "${values.times}"`);
if (!['mariadb', 'mysql'].includes(values.database))
  fail(`--database must be mariadb or mysql, got "${values.database}"`);
if (values.whole && files.length > 0) fail('--whole takes no files');

exitOnSignals(async () => {
  await endCommands();
  sweepLeftovers();
});
rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
const onProgress = (line: string): void => console.log(`  … ${line}`);
const kind = values.database as DatabaseKind;
const services = values.whole ? undefined : await startServices({ database: kind, onProgress });
if (services) console.log(services.describe());
const busyness = values.busy ? startBusyness(FOLDER) : undefined;
const stutter = values.stutter ? startStutter() : undefined;

const reports: Report[] = [];
let failedRuns = 0;
for (let run = 1; run <= times; run++) {
  const started = performance.now();
  const { code, output } = values.whole ? await runWhole() : await runFiles(run);
  if (code !== 0) failedRuns++;
  if (code !== 0) writeFileSync(`${FOLDER}/run-${run}.log`, output);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`run ${run} of ${times}: ${code === 0 ? 'passed' : 'failed'} in ${seconds} s`);
}
stutter?.close();
busyness?.close();
rmSync(`${FOLDER}/busy`, { force: true });
await services?.close();

const table = huntTable(reports);
writeFileSync(`${FOLDER}/table.txt`, `${formatRows(table)}\n`);
console.log(`\n${formatRows(interestingRows(table))}`);
for (const { file, name, message } of table) if (message) console.log(`\n${file}  ${name}\n${message}`);
console.log(`\n${failedRuns} of ${times} runs failed; every test: .tenantry/flakes/table.txt`);
process.exit(failedRuns === 0 && table.length > 0 ? 0 : 1);

type Ran = Awaited<ReturnType<typeof runCommand>>;

async function runFiles(run: number): Promise<Ran> {
  const report = `${FOLDER}/run-${run}.json`;
  const projects = ['integration', 'alone', ...(files.length > 0 ? ['unit'] : [])].map(name => `--project=${name}`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const env = {
    TENANTRY_TEST_DATABASE_URL: services?.databaseUrl ?? '',
    TENANTRY_TEST_REDIS_URL: services?.redisUrl ?? '',
  };
  const ran = await runCommand('vitest', ['run', ...projects, ...reporters, ...files], { env });
  reports.push(...[readReport(report)].filter(read => read !== undefined));
  return ran;
}

async function runWhole(): Promise<Ran> {
  rmSync(REPORTS, { recursive: true, force: true });
  const ran = await runCommand('node', ['tools/run.mjs', 'tools/test.ts']);
  const written = readdirSync(REPORTS).map(name => readReport(`${REPORTS}/${name}`));
  reports.push(...written.filter(read => read !== undefined));
  return ran;
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
