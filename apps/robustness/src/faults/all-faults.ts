import type { Fault } from './fault.ts';
import { killReader } from './kill-reader.ts';
import { killWorker } from './kill-worker.ts';
import { killWriter } from './kill-writer.ts';
import { networkCut } from './network-cut.ts';
import { redisFlushall } from './redis-flushall.ts';

export const allFaults: readonly Fault[] = [killWriter, killWorker, killReader, redisFlushall, networkCut];

export function faultNamed(name: string): Fault {
  const fault = allFaults.find(each => each.name === name);
  if (fault) return fault;
  throw new Error(`No fault is named ${name}. There are: ${allFaults.map(each => each.name).join(', ')}`);
}
