import type { AnswerOf } from '@tenantry/admin-api';
import { toJson } from '../../json/raw-numbers.ts';
import { moment } from '../../output/moment.ts';
import { defineCommand } from '../../program/define-command.ts';

/** `operations overview` */
export const overview = defineCommand({
  args: {},
  options: {},
  routes: ['operations.overview'],
  examples: ['tenantry operations overview', 'tenantry operations overview -o json | jq .outbox'],
  async run({ out, api }) {
    const { answer } = await (await api()).call('operations.overview');
    const { outbox, writeBack, workers, readers, streams, lastAudit } = answer;
    const counted = ({ waiting, dead, oldestAgeMs }: { waiting?: number; dead?: number; oldestAgeMs?: number }) =>
      [
        waiting === undefined ? 'not known' : `${waiting} waiting`,
        ...(dead === undefined ? [] : [`${dead} dead`]),
        ...(oldestAgeMs === undefined ? [] : [`the oldest ${oldestAgeMs} ms`]),
      ].join(', ');
    const lines = out.pairs({
      ...{ at: moment(answer.at), redis: serverLine(answer.redis), database: serverLine(answer.database) },
      outbox: counted(outbox),
      'write-back': counted({ ...writeBack, ...(writeBack.dirty !== undefined && { waiting: writeBack.dirty }) }),
      workers: workersLine(workers),
      ...{ readers, streams, 'last audit': lastAudit === undefined ? undefined : toJson(lastAudit) },
    });
    await out.one(answer, lines);
    return undefined;
  },
});

/** One worker has several connections: one for each queue, and more. */
function workersLine(workers: AnswerOf<'operations.overview'>['workers']): string {
  const each = workers.map(({ id, seenAt, queues }) => `${id} on ${queues.join(', ')} (heard ${moment(seenAt)})`);
  if (each.length === 0) return 'no connection';
  return `${each.length} ${each.length === 1 ? 'connection' : 'connections'}: ${each.join(', ')}`;
}

function serverLine(server: { reachable: boolean; version?: string; ms?: number; problem?: string }): string {
  const { reachable, version, ms, problem } = server;
  if (!reachable) return `cannot be reached${problem === undefined ? '' : `: ${problem}`}`;
  return [version, ms === undefined ? undefined : `${ms} ms`, problem].filter(Boolean).join(', ') || 'reachable';
}
