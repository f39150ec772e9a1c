import { clockSkew } from './clock-skew.ts';
import { clusterMasterDies } from './cluster-master-dies.ts';
import { clusterSlotMoves } from './cluster-slot-moves.ts';
import { databaseCut } from './database-cut.ts';
import { databaseDeadlocks } from './database-deadlocks.ts';
import { databaseKill } from './database-kill.ts';
import { databaseReplicaLag } from './database-replica-lag.ts';
import { databaseRestart } from './database-restart.ts';
import { databaseSlowCommits } from './database-slow-commits.ts';
import type { Fault } from './fault.ts';
import { feedTrimmed } from './feed-trimmed.ts';
import { inTurn } from './in-turn.ts';
import { killLoader } from './kill-loader.ts';
import { killReader } from './kill-reader.ts';
import { killWorker } from './kill-worker.ts';
import { killWriter } from './kill-writer.ts';
import { networkCut } from './network-cut.ts';
import { networkHalfOpen } from './network-half-open.ts';
import { networkLostReplies } from './network-lost-replies.ts';
import { networkDropReplies, networkRefuse, networkSilent, networkStall } from './network-modes.ts';
import { networkSlow } from './network-slow.ts';
import { redisEviction } from './redis-eviction.ts';
import { redisFlushall } from './redis-flushall.ts';
import { redisOlderSnapshot } from './redis-older-snapshot.ts';
import { redisOutOfMemory } from './redis-out-of-memory.ts';
import { redisRestart } from './redis-restart.ts';
import { redisRestartEmpty } from './redis-restart-empty.ts';
import { redisScriptFlush } from './redis-script-flush.ts';
import { redisStall } from './redis-stall.ts';
import { sentinelFailover } from './sentinel-failover.ts';
import { slowReaders } from './slow-readers.ts';

/** Those that need nothing but one Redis and one database. */
const plain: readonly Fault[] = [
  killWriter,
  killWorker,
  killReader,
  killLoader,
  redisRestart,
  redisFlushall,
  redisScriptFlush,
  redisOutOfMemory,
  redisStall,
  networkCut,
  networkRefuse,
  networkStall,
  networkSilent,
  networkDropReplies,
  networkLostReplies,
  networkHalfOpen,
  networkSlow,
  databaseRestart,
  databaseKill,
  databaseCut,
  databaseDeadlocks,
  databaseSlowCommits,
  slowReaders,
];

/** What `npm test` runs: a little of everything, always the same. */
const smoke: Fault = inTurn(
  'smoke',
  'some of the faults, one after the other',
  [killWriter, networkLostReplies, redisFlushall, killWorker, killReader, killLoader],
  (strikes, count) => strikes % count,
);

const mixed: Fault = inTurn('mixed', 'any of the faults, each round another', plain, (_, count, random) =>
  random.int(0, count - 1),
);

export const allFaults: readonly Fault[] = [
  ...plain,
  redisOlderSnapshot,
  redisEviction,
  databaseReplicaLag,
  clockSkew,
  feedTrimmed,
  sentinelFailover,
  clusterMasterDies,
  clusterSlotMoves,
  redisRestartEmpty,
  mixed,
  smoke,
];

export function faultNamed(name: string): Fault {
  const fault = allFaults.find(each => each.name === name);
  if (fault) return fault;
  throw new Error(`No fault is named ${name}. There are: ${allFaults.map(each => each.name).join(', ')}`);
}
