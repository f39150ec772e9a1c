import type { RestartableServer } from '@tenantry/testing';
import type { Breach } from './checks/all-checkers.ts';
import type { Capture } from './drawn/draw-world.ts';
import type { Fault } from './faults/fault.ts';
import { type RoundResult, runRound } from './run-round.ts';
import { startWorld } from './world/start-world.ts';

export interface SessionOptions {
  readonly fault: Fault;
  readonly seed: number;
  readonly rounds: number;
  readonly capture: Capture;
  readonly databaseServer: RestartableServer;
  /** Where the history goes when something was broken. */
  readonly historyFile: string;
  /** No further round begins after this, ms of `performance.now()`. */
  readonly until: number;
  onRound(round: number, result: RoundResult): void;
}

export interface SessionResult {
  readonly rounds: number;
  readonly committed: number;
  readonly emissions: number;
  readonly acknowledged: number;
  readonly breaches: readonly Breach[];
}

/** Round after round in one world, up to the first that breaks a promise. */
export async function runSession(options: SessionOptions): Promise<SessionResult> {
  const { fault, seed, capture, databaseServer, historyFile, onRound } = options;
  const total = { rounds: 0, committed: 0, emissions: 0, acknowledged: 0 };
  await using world = await startWorld(fault, seed, capture, databaseServer);
  for (let round = 1; round <= options.rounds && (round === 1 || performance.now() < options.until); round++) {
    let result: RoundResult;
    try {
      result = await runRound(world, fault);
    } catch (error) {
      world.history.save(historyFile);
      throw error;
    }
    onRound(round, result);
    total.rounds++;
    total.committed += result.committed;
    total.emissions += result.emissions;
    total.acknowledged += result.acknowledged;
    if (result.breaches.length > 0) {
      world.history.save(historyFile);
      return { ...total, breaches: result.breaches };
    }
  }
  return { ...total, breaches: [] };
}
