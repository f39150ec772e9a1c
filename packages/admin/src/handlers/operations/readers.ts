import type { Call, Handler } from '../../calls/call.ts';
import { defined, type HandlerParts } from '../../calls/handler-parts.ts';
import { limitOf, placeOf, sealed } from '../../calls/visible-page.ts';
import { listClients, type RedisConnection } from '../../database/list-clients.ts';

/** The readers that are connected: the connections of Redis that listen to feeds of this prefix. Addresses are for those who may audit the installation. */
export function listReaders(parts: HandlerParts): Handler<'readers.list'> {
  return async call => {
    const any = call as unknown as Call;
    const after = placeOf(any) ?? '';
    const keyOf = (id: string) => id.padStart(24, '0');
    const clients = (await readersOf(parts, call.now))
      .filter(({ id }) => keyOf(id) > after)
      .sort((a, b) => (keyOf(a.id) < keyOf(b.id) ? -1 : 1));
    const page = clients.slice(0, limitOf(any));
    const seesAddresses = call.may('audit', 'installation', undefined);
    const items = page.map(({ id, name, address, connectedAt, idleMs, feeds }) =>
      defined({ id, name, connectedAt, idleMs, feeds, address: seesAddresses ? address : undefined }),
    );
    const last = page.at(-1);
    return { body: sealed(any, items, clients.length > page.length && last ? keyOf(last.id) : undefined) };
  };
}

async function readersOf({ replication }: HandlerParts, now: number): Promise<readonly RedisConnection[]> {
  const clients = await listClients(replication.redis, now);
  return clients.filter(isReaderOf(replication.replica.names.prefix));
}

/** Whether a connection listens to feeds of this prefix. Others may be on the same Redis. */
export function isReaderOf(prefix: string): (connection: RedisConnection) => boolean {
  return connection => connection.feeds > 0 && connection.prefix === prefix;
}
