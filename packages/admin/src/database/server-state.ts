import type { AnyOrm } from '@tenantry/mikro-orm';
import { withoutValues } from '@tenantry/protocol/internal';
import { isCluster, type RedisClient, whenReady, within } from '@tenantry/redis';

/** How a server answers. */
export interface ServerState {
  readonly reachable: boolean;
  readonly version?: string;
  readonly ms?: number;
  /** Without values, passwords or addresses. */
  readonly problem?: string;
}

const ASK_MS = 1_000;

/** Asks the primary something small. */
export function databaseState(orm: AnyOrm): Promise<ServerState> {
  return ask('The database', async () => {
    const connection = orm.em.fork().getConnection('write');
    const execute = (sql: string) => (connection as unknown as SqlConnection).execute(sql);
    // Not every database has a function for it: those answer something simpler.
    const [row] = await execute('select version() as version').catch(() => execute('select 1 as one'));
    return row?.version;
  });
}

/** The part of a SQL driver's connection that is asked. */
interface SqlConnection {
  execute(sql: string): Promise<readonly { readonly version?: string }[]>;
}

/** Asks Redis something small. */
export function redisState(redis: RedisClient): Promise<ServerState> {
  return ask('Redis', async () => {
    await whenReady(redis);
    const server = isCluster(redis) ? redis.nodes('master')[0] : redis;
    const told = (await server?.info('server')) ?? '';
    return /^(?:valkey|redis)_version:(\S+)/m.exec(told)?.[1];
  });
}

async function ask(what: string, work: () => Promise<string | undefined>): Promise<ServerState> {
  const before = performance.now();
  try {
    const version = await within(ASK_MS, what, work());
    return { reachable: true, ms: Math.round((performance.now() - before) * 10) / 10, ...(version && { version }) };
  } catch (error) {
    const { code } = withoutValues(error, what);
    return { reachable: false, problem: `${what} does not answer (${code}).` };
  }
}
