// Breaks a running system on purpose and checks its promises: npm run robustness -- --seed 7 --fault kill-writer
import { parseArgs } from 'node:util';
import { startMariadbServer, startMysqlServer } from '@tenantry/testing';
import type { Capture } from './drawn/draw-world.ts';
import { describeWorld, drawWorld } from './drawn/draw-world.ts';
import { allFaults, faultNamed } from './faults/all-faults.ts';
import type { Fault } from './faults/fault.ts';
import { regressionSeeds } from './regression-seeds.ts';
import { runSession } from './run-session.ts';

const USAGE = `Usage: npm run robustness -- [--fault NAME]… [--seed N] [--rounds R] [--minutes M] [--database KIND]
       npm run robustness -- --regression

  --fault NAME      only this fault, may be given several times; --list names them all. Default: every one
  --seed N          replays the choices of a run. Default: another one each time
  --rounds R        rounds in one world. Default 3
  --minutes M       goes on with further seeds for so long. Default: each fault once
  --database KIND   mariadb (the default) or mysql
  --capture WHO     hooks or trigger. Default: by the seed, even ones hooks, odd ones triggers
  --regression      the seeds that once found something
`;

/** Of each promise. */
const SHOWN = 4;

interface Turn {
  readonly fault: Fault;
  readonly seed: number;
  readonly rounds: number;
  readonly capture: Capture;
}

// Every server and process of a world wants to end with us.
process.setMaxListeners(0);
const { values } = parseArgs({
  options: {
    fault: { type: 'string', multiple: true },
    seed: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    minutes: { type: 'string', default: '0' },
    capture: { type: 'string' },
    database: { type: 'string', default: process.env.TENANTRY_DATABASE ?? 'mariadb' },
    regression: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help || values.list) {
  console.log(values.help ? USAGE : allFaults.map(({ name, about }) => `${name.padEnd(26)} ${about}`).join('\n'));
  process.exit(0);
}
process.exit((await main()) ? 0 : 1);

async function main(): Promise<boolean> {
  const start = values.database === 'mysql' ? startMysqlServer : startMariadbServer;
  const databaseServer = await start(line => console.error(`# ${line}`));
  const until = performance.now() + Number(values.minutes) * 60_000;
  const totals = new Map<string, { rounds: number; committed: number; emissions: number; acknowledged: number }>();
  let broken = 0;
  try {
    for (const turn of turns(until)) {
      const { fault, seed, rounds, capture } = turn;
      const command = `npm run robustness -- --fault ${fault.name} --seed ${seed} --rounds ${rounds} --capture ${capture}`;
      const historyFile = `.tenantry/robustness/${fault.name}-${seed}.jsonl`;
      console.log(`   ${fault.name.padEnd(26)} seed ${seed} (${capture}): ${describeWorld(drawWorld(seed, capture))}`);
      try {
        const result = await runSession({
          ...turn,
          databaseServer,
          historyFile,
          until: Number(values.minutes) > 0 ? until : Number.POSITIVE_INFINITY,
          onRound(round, { committed, failed, emissions, acknowledged, imported, quietMs, breaches }) {
            const mark = breaches.length > 0 ? '✗' : '✓';
            const written = `${committed} committed, ${failed} failed, ${acknowledged} written back, ${imported} imported`;
            console.log(
              `${mark}  ${fault.name.padEnd(26)} seed ${seed} round ${round}: ${written}, ${emissions} emissions, quiet after ${Math.round(quietMs)} ms`,
            );
          },
        });
        const total = totals.get(fault.name) ?? { rounds: 0, committed: 0, emissions: 0, acknowledged: 0 };
        for (const key of ['rounds', 'committed', 'emissions', 'acknowledged'] as const) total[key] += result[key];
        totals.set(fault.name, total);
        if (result.breaches.length === 0) continue;
        broken++;
        for (const [promise, breaches] of Map.groupBy(result.breaches, breach => breach.promise)) {
          for (const { sentence } of breaches.slice(0, SHOWN)) console.log(`   ${promise}: ${sentence}`);
          if (breaches.length > SHOWN) console.log(`   ${promise}: … and ${breaches.length - SHOWN} more`);
        }
      } catch (error) {
        broken++;
        console.log(`✗  ${fault.name.padEnd(26)} seed ${seed}: ${error instanceof Error ? error.stack : error}`);
      }
      console.log(`   again: ${command}\n   history: ${historyFile}`);
    }
  } finally {
    await databaseServer.close();
  }
  console.table(Object.fromEntries(totals));
  console.log(broken === 0 ? 'Every promise was kept.' : `${broken} runs broke a promise.`);
  return broken === 0;
}

function* turns(until: number): Generator<Turn> {
  if (values.regression) {
    for (const { fault, ...turn } of regressionSeeds) yield { fault: faultNamed(fault), ...turn };
    return;
  }
  const faults = values.fault ? values.fault.map(faultNamed) : allFaults.filter(({ name }) => name !== 'smoke');
  const rounds = Number(values.rounds);
  let seed = values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : Number(values.seed);
  do {
    for (const fault of faults) yield { fault, seed, rounds, capture: captureOf(seed) };
    seed += 1;
  } while (performance.now() < until);
}

function captureOf(seed: number): Capture {
  const { capture = seed % 2 === 0 ? 'hooks' : 'trigger' } = values;
  if (capture === 'hooks' || capture === 'trigger') return capture;
  throw new Error(`--capture is hooks or trigger, got ${capture}`);
}
