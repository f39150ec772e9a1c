import { setTimeout as pause } from 'node:timers/promises';
import { type Breach, checkers, findBreaches } from './checks/all-checkers.ts';
import type { Fault } from './faults/fault.ts';
import type { FinalState } from './final/final-state.ts';
import { readFinalState } from './final/read-final-state.ts';
import { watchLostTime } from './traffic/lost-time.ts';
import type { World } from './world/world.ts';

/** What one round was, and what was broken in it. */
export interface RoundResult {
  readonly committed: number;
  readonly failed: number;
  readonly emissions: number;
  readonly acknowledged: number;
  /** Scopes that the loader has written. */
  readonly imported: number;
  readonly quietMs: number;
  readonly breaches: readonly Breach[];
}

const BEFORE_MS = 700;
const AFTER_MS = 700;
// Of this process's own time: where it hardly gets to run, neither do those it waits for.
const ENOUGH_MS = 30_000;
const QUIET_MS = 30_000;
const lostTime = watchLostTime();
const ownTime = (): number => performance.now() - lostTime();
// Fewer and the round proves nothing.
const LEAST = { committed: 15, emissions: 60, imported: 3 } as const;

/** Traffic, one fault in the middle of it, rest, and the checks. */
export async function runRound(world: World, fault: Fault): Promise<RoundResult> {
  const { history } = world;
  const from = history.events.length;
  for (const writer of world.of('writer')) writer.work();
  world.files.work();
  await pause(BEFORE_MS + world.random.int(0, 300));
  history.note({ kind: 'fault', text: `${fault.name} begins` });
  await fault.strike(world);
  history.note({ kind: 'fault', text: `${fault.name} is over` });
  await pause(AFTER_MS);
  const enough = ownTime() + ENOUGH_MS;
  while (ownTime() < enough && !isEnough(countsOf(world, from))) await pause(100);
  await world.files.rest();
  await Promise.all(world.of('writer').map(writer => writer.rest()));

  const restedAt = performance.now();
  const final = await quietState(world);
  const quietMs = performance.now() - restedAt;
  const breaches = [...findBreaches({ history, final })];
  const counts = countsOf(world, from);
  if (!isEnough(counts))
    breaches.push({ promise: '–', sentence: `The round does not count: ${JSON.stringify(counts)} is too little.` });
  const died = history.of('warning').filter(({ by, text }) => by === 'run' && text.includes('died by itself'));
  for (const { text } of died) breaches.push({ promise: '–', sentence: text });
  return { ...counts, quietMs, breaches };
}

/** The state once nothing about it is breached any more, or the last one that was looked at. */
async function quietState(world: World): Promise<FinalState> {
  const finals = checkers.filter(({ isFinal }) => isFinal);
  const until = ownTime() + QUIET_MS;
  for (;;) {
    let state: FinalState | undefined;
    let problem: unknown;
    try {
      state = await readFinalState(world);
      if (findBreaches({ history: world.history, final: state }, finals).length === 0) return state;
    } catch (error) {
      problem = error;
    }
    if (ownTime() > until) {
      if (state) return state;
      throw problem;
    }
    await pause(200);
  }
}

type Counts = Pick<RoundResult, 'committed' | 'failed' | 'emissions' | 'acknowledged' | 'imported'>;

function countsOf({ history }: World, from: number): Counts {
  const counts = { committed: 0, failed: 0, emissions: 0, acknowledged: 0, imported: 0 };
  for (let i = from; i < history.events.length; i++) {
    const event = history.events[i];
    if (event?.kind === 'write' && event.outcome === 'committed') counts.committed++;
    if (event?.kind === 'write' && event.outcome === 'failed') counts.failed++;
    if (event?.kind === 'emission') counts.emissions++;
    if (event?.kind === 'acknowledged') counts.acknowledged++;
    if (event?.kind === 'imported') counts.imported += event.transactions;
  }
  return counts;
}

const isEnough = ({ committed, emissions, imported }: Counts): boolean =>
  committed >= LEAST.committed && emissions >= LEAST.emissions && imported >= LEAST.imported;
