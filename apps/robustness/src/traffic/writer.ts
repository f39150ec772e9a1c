// An application that writes whatever it can think of, until it is told to rest.

import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { DriverException, type EventSubscriber } from '@mikro-orm/core';
import { TenantryError } from '@tenantry/protocol';
import { seededRandom } from '@tenantry/testing';
import { createPool } from 'mysql2/promise';
import { openShapes } from '../drawn/shape-entities.ts';
import type { WriteEvent } from '../history/history-event.ts';
import { type ArmedFailpoint, Failpoints } from './failpoints.ts';
import { watchLostTime } from './lost-time.ts';
import { openOrm } from './open-orm.ts';
import { openRedis } from './open-redis.ts';
import { reportsTo } from './reports-to.ts';
import { machineTime, processSettings } from './settings.ts';
import { Teller, type ToProcess } from './tell.ts';
import { UNDO } from './write-parts.ts';
import { pickWrite } from './write-something.ts';

const LANES = 2;
const PAUSE_MS = 60;

const settings = processSettings();
const teller = new Teller(settings.name);
const failpoints = new Failpoints();
const lostTime = watchLostTime();
const commits = new AsyncLocalStorage<{ at: number | undefined; lost: number }>();
const commitClock: EventSubscriber = {
  afterTransactionCommit() {
    const write = commits.getStore();
    if (write) Object.assign(write, { at: machineTime(), lost: lostTime() });
  },
};
const redis = openRedis(settings);
const shapes = openShapes(settings.drawn.shapes);
const orm = await openOrm(settings, {
  redis,
  shapes,
  onReport: reportsTo(teller),
  subscribers: [commitClock, failpoints],
  onQuery: failpoints.onQuery,
});
const otherProgram = createPool({ uri: settings.databaseUrl, connectionLimit: LANES, connectTimeout: 2_000 });
let isWorking = false;
let writes = 0;
let lanes: Promise<unknown> = Promise.resolve();

process.on('message', (message: ToProcess) => {
  if (message.kind === 'arm') failpoints.arm(message.failpoint as ArmedFailpoint);
  if (message.kind === 'work' && !isWorking) {
    isWorking = true;
    lanes = Promise.all(Array.from({ length: LANES }, (_, lane) => work(lane)));
  }
  if (message.kind === 'rest') {
    isWorking = false;
    lanes.then(() => teller.flush()).then(() => teller.say({ kind: 'resting' }));
  }
});
await teller.say({ kind: 'ready' });

async function work(lane: number): Promise<void> {
  const random = seededRandom(settings.seed + lane);
  while (isWorking) {
    await write(random);
    await pause(random.int(0, PAUSE_MS));
  }
}

async function write(random: ReturnType<typeof seededRandom>): Promise<void> {
  const stamp = `${settings.name}-${++writes}`;
  const [what, , run] = pickWrite(random, settings);
  const lostBefore = lostTime();
  let startedAt = machineTime();
  const commit = { at: undefined as number | undefined, lost: lostTime() };
  const end = (outcome: WriteEvent['outcome'], error?: unknown): void => {
    const now = machineTime();
    const afterCommitMs = commit.at === undefined ? undefined : now - commit.at - (lostTime() - commit.lost);
    const told = error === undefined ? {} : { error: describe(error) };
    const ms = now - startedAt - (lostTime() - lostBefore);
    teller.event({ kind: 'write', what, stamp, outcome, ms, afterCommitMs, ...told });
  };
  try {
    await commits.run(commit, () =>
      run({
        orm,
        shapes,
        random,
        otherProgram,
        stamp,
        async attempted(tenant, config) {
          teller.event({ kind: 'attempt', tenant, config, stamp });
          // Before it is made: it may be the last thing this process does.
          await teller.flush();
          startedAt = machineTime();
        },
        acknowledged: (tenant, config, version) =>
          teller.event({ kind: 'acknowledged', tenant, config, stamp, version }),
      }),
    );
    end('committed');
  } catch (error) {
    if (error === UNDO) end('rolled-back');
    else end('failed', error);
  }
}

// What the database or the way to it says, however it was wrapped. A lost Redis says other things.
const DATABASE = /ECONN|EPIPE|ETIMEDOUT|PROTOCOL_|Connection lost|closed state|[Dd]eadlock|Lock wait|DriverException/;

function describe(error: unknown): { code: string; text: string } {
  const text = String(error instanceof Error ? error.message : error).slice(0, 300);
  const { code, sqlState } = error as { code?: string; sqlState?: string };
  const isDatabase = error instanceof DriverException || sqlState !== undefined || DATABASE.test(`${code} ${text}`);
  if (isDatabase) return { code: 'database', text };
  return { code: error instanceof TenantryError ? error.code : 'other', text };
}
