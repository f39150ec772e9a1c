// Everything that must hold before a commit, the fastest first. `npm test -- unit format` runs only these, and
// `npm test -- servers versions` what is only run when it is asked for: the integration tests on other servers.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';

import { sweepLeftovers } from '../packages/testing/src/servers/process/private-folder.ts';
import type { Check, Outcome } from './checks/check.ts';
import { build, demo, format, robustness, types } from './checks/command-checks.ts';
import { imports } from './checks/imports.ts';
import { integrationCheck } from './checks/integration.ts';
import { inLane, lanes } from './checks/lanes.ts';
import { packaging } from './checks/packaging.ts';
import { serverChecks } from './checks/servers.ts';
import { slowest } from './checks/slowest.ts';
import { structure } from './checks/structure.ts';
import { versionChecks } from './checks/versions.ts';
import { vitestCheck } from './checks/vitest-check.ts';
import { endCommands, root } from './command.ts';
import { exitOnSignals } from './exit-on-signals.ts';

const checks: readonly Check[] = [
  imports,
  structure,
  format,
  build,
  types,
  vitestCheck('unit'),
  { ...vitestCheck('types', 'type tests'), besideLast: true },
  { ...packaging, besideLast: true },
  integrationCheck('mariadb'),
  { ...integrationCheck('mysql'), besideLast: true },
  ...(existsSync(`${root}apps/demo`) ? [inLane(lanes.shared, demo)] : []),
  ...(existsSync(`${root}apps/robustness`) ? [inLane(lanes.alone, robustness)] : []),
  ...serverChecks,
  ...versionChecks,
];

exitOnSignals(async () => {
  await endCommands();
  sweepLeftovers();
});
const wanted = process.argv.slice(2);
if (wanted.some(word => word === '--help' || word === '-h')) {
  console.log('npm test -- CHECK…   only these; a word stands for every check whose name begins with it');
  for (const { name, optIn } of checks) console.log(`  ${name}${optIn ? ' (only where it is asked for)' : ''}`);
  process.exit(0);
}
const unknown = wanted.filter(word => !checks.some(({ name }) => name.startsWith(word)));
if (unknown.length > 0) {
  console.error(`No check is named ${unknown.join(', ')}. There are: ${checks.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

console.log(`Node ${process.version} on ${process.platform} ${process.arch}, ${availableParallelism()} cores`);
let passed = 0;
let failed = 0;
const isWanted = ({ name, optIn }: Check): boolean =>
  wanted.length === 0 ? !optIn : wanted.some(word => name.startsWith(word));
const running: Promise<void>[] = [];
for (const check of checks) {
  // Also where this one is not wanted: what comes after it runs beside it, and not beside what comes before.
  if (!check.besideLast) await Promise.all(running.splice(0));
  if (isWanted(check)) running.push(run(check));
}
await Promise.all(running);
// What a pipe has not taken yet is lost where a program exits.
await new Promise(taken => process.stdout.write(`${passed} passed, ${failed} failed\n`, taken));
process.exit(failed === 0 && passed > 0 ? 0 : 1);

async function run(check: Check): Promise<void> {
  if (process.stdout.isTTY) process.stdout.write(`…  ${check.name}\r`);
  const started = performance.now();
  const outcome = await check.run();
  passed += outcome.passed;
  failed += outcome.failed;
  report(check.name, outcome, performance.now() - (outcome.beganAt ?? started));
}

function report(name: string, outcome: Outcome, tookMs: number): void {
  const mark = outcome.failed > 0 ? '✗' : outcome.passed > 0 ? '✓' : '-';
  const counts = outcome.passed + outcome.failed > 1 ? `${outcome.passed} of ${outcome.passed + outcome.failed}` : '';
  const time = `${(tookMs / 1000).toFixed(1)} s`;
  console.log([mark, name.padEnd(24), time.padStart(8), counts.padStart(14), outcome.note ?? ''].join('  ').trimEnd());
  const where = slowest(outcome.files ?? []);
  if (where) console.log(`   ${where}`);
  if (outcome.failed > 0 && outcome.output) console.log(`${outcome.output.trimEnd()}\n`);
}
