import { createServer, type IncomingMessage, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import type { MikroORM } from '@mikro-orm/core';
import { machineTime } from '../machine-time.ts';
import { applyOperations, type Operation } from './apply-operations.ts';
import type { CommitClock } from './commit-clock.ts';

/** The answer to `POST /transactions`. */
export interface TransactionAnswer {
  /** On the machine's clock; undefined where nothing was committed. */
  readonly committedAt: number | undefined;
  /** How long the caller's flush took, its commit and the publishing included. */
  readonly flushMs: number;
}

/** The application's own API: `POST /transactions` with `{ operations, rollback? }`. */
export function createWriterApi(orm: MikroORM, clock: CommitClock): Server {
  return createServer(async (request, response) => {
    const reply = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    try {
      if (request.method !== 'POST' || request.url !== '/transactions')
        return reply(404, { error: 'There is only POST /transactions' });
      reply(200, await transact(orm, clock, request));
    } catch (error) {
      reply(422, { error: withoutSql(error) });
    }
  });
}

async function transact(orm: MikroORM, clock: CommitClock, request: IncomingMessage): Promise<TransactionAnswer> {
  const { operations, rollback = false } = (await json(request)) as { operations: Operation[]; rollback?: boolean };
  const startedAt = machineTime();
  const committedAt = await clock.time(() => applyOperations(orm.em.fork(), operations, rollback));
  return { committedAt, flushMs: machineTime() - startedAt };
}

/** The part of a driver's message that a person can use; behind it stands the statement with its values. */
function withoutSql(error: unknown): string {
  const { message, sqlMessage } = error as Error & { sqlMessage?: string };
  return sqlMessage ?? message.split('\n').at(-1) ?? 'unknown';
}
