import { createServer, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import type { MikroORM } from '@mikro-orm/core';
import { TenantryError, type ValueIssue } from '@tenantry/protocol';
import type { ServiceConfigs } from '../definitions/service-configs.ts';
import { machineTime } from '../machine-time.ts';
import { applyOperations, type Operation } from './apply-operations.ts';
import type { CommitClock } from './commit-clock.ts';
import { createScopesApi } from './scopes-api.ts';
import { writeServiceConfigs } from './services-api.ts';
import { createSettingsApi } from './settings-api.ts';

/** The answer to `POST /transactions`. */
export interface TransactionAnswer {
  /** On the machine's clock; undefined where nothing was committed. */
  readonly committedAt: number | undefined;
  /** How long the caller's flush took, its commit and the publishing included. */
  readonly flushMs: number;
}

/** Why something was refused. */
export interface Refusal {
  readonly error: string;
  /** Tenantry's own word for it. */
  readonly code?: string;
  /** What the schema found, each with its path. */
  readonly issues?: readonly ValueIssue[];
}

/** The application's own API: `POST /transactions` with `{ operations, rollback? }`, the settings, the scopes and the services' configs. */
export function createWriterApi(orm: MikroORM, clock: CommitClock): Server {
  const settings = createSettingsApi(orm, clock);
  const scopes = createScopesApi(orm, clock);
  const routes: Readonly<Record<string, (body: never) => Promise<unknown>>> = {
    '/transactions': (body: { operations: Operation[]; rollback?: boolean }) => transact(orm, clock, body),
    '/settings/write': settings.write,
    '/settings/history': settings.history,
    '/settings/diff': settings.diff,
    '/scopes/write': scopes.write,
    '/scopes/groups': scopes.setGroups,
    '/services/write': async (values: ServiceConfigs) => {
      await writeServiceConfigs(orm, values);
      return {};
    },
  };
  return createServer(async (request, response) => {
    const reply = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    try {
      const route = routes[request.url ?? ''];
      if (request.method !== 'POST' || !route)
        return reply(404, { error: `There is only POST ${Object.keys(routes).join(', ')}` });
      reply(200, await route((await json(request)) as never));
    } catch (error) {
      reply(422, refusalOf(error));
    }
  });
}

async function transact(
  orm: MikroORM,
  clock: CommitClock,
  { operations, rollback = false }: { operations: Operation[]; rollback?: boolean },
): Promise<TransactionAnswer> {
  const startedAt = machineTime();
  const committedAt = await clock.time(() => applyOperations(orm, operations, rollback));
  return { committedAt, flushMs: machineTime() - startedAt };
}

function refusalOf(error: unknown): Refusal {
  if (!(error instanceof TenantryError)) return { error: withoutSql(error) };
  const { message, code, details } = error;
  return { error: message, code, ...(details?.issues ? { issues: details.issues } : {}) };
}

/** The part of a driver's message that a person can use; behind it stands the statement with its values. */
function withoutSql(error: unknown): string {
  const { message, sqlMessage } = error as Error & { sqlMessage?: string };
  return sqlMessage ?? message.split('\n').at(-1) ?? 'unknown';
}
