import { isCluster, type RedisClient, readConnectionName } from '@tenantry/redis';
import { withRedis } from './with-redis.ts';

/** One connection to Redis. */
export interface RedisConnection {
  readonly id: string;
  /** As its program calls it (`connectionName`). */
  readonly name: string | undefined;
  readonly address: string | undefined;
  readonly connectedAt: number;
  readonly idleMs: number;
  /** To how many channels it listens: one for each feed. */
  readonly feeds: number;
  /** The prefix whose feeds it listens to; undefined: those of none, or its user may not name connections. */
  readonly prefix: string | undefined;
  /** The queue that a worker of BullMQ works on. */
  readonly queue: string | undefined;
}

/** The connections that Redis has, of all masters of a Cluster. `UNAVAILABLE` also where Redis does not let this user see them. */
export async function listClients(redis: RedisClient, now: number): Promise<readonly RedisConnection[]> {
  const servers = isCluster(redis) ? redis.nodes('master') : [redis];
  const lists = await withRedis(
    redis,
    () => Promise.all(servers.map(server => server.client('LIST') as Promise<string>)),
    'Listing connections',
  );
  return lists.flatMap((list, node) => list.split('\n').flatMap(line => toConnection(line, node, now) ?? []));
}

function toConnection(line: string, node: number, now: number): RedisConnection | undefined {
  const fields = new Map(line.split(' ').map(field => splitAt(field)));
  const id = fields.get('id');
  if (id === undefined) return undefined;
  const number = (name: string) => Number(fields.get(name) ?? 0);
  const fullName = fields.get('name') ?? '';
  const reader = readConnectionName(fullName);
  const name = reader ? reader.application : fullName || undefined;
  return {
    id: node === 0 ? id : `${node}-${id}`,
    ...{ name, prefix: reader?.prefix, address: fields.get('addr'), queue: queueOf(name) },
    connectedAt: now - number('age') * 1_000,
    idleMs: number('idle') * 1_000,
    feeds: number('sub') + number('ssub'),
  };
}

function splitAt(field: string): [name: string, value: string] {
  const at = field.indexOf('=');
  return [field.slice(0, at), field.slice(at + 1)];
}

/** BullMQ calls the connection of a worker by its queue: a prefix, and the queue's name in base64. */
function queueOf(name: string | undefined): string | undefined {
  const coded = /:([A-Za-z0-9+/]+={0,2})(?::w:.*)?$/.exec(name ?? '')?.[1];
  const text = coded === undefined ? '' : Buffer.from(coded, 'base64').toString();
  return coded !== undefined && Buffer.from(text).toString('base64') === coded && /^[\w.@{}-]+$/.test(text)
    ? text
    : undefined;
}
