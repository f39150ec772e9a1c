import type { Call, Handler } from '../../calls/call.ts';
import { defined, type HandlerParts } from '../../calls/handler-parts.ts';
import { limitOf, placeOf, sealed } from '../../calls/visible-page.ts';
import { listClients } from '../../database/list-clients.ts';

/** The readers that are connected: the connections of Redis that listen to feeds. Addresses are for those who may audit the installation. */
export function listReaders(parts: HandlerParts): Handler<'readers.list'> {
  return async call => {
    const any = call as unknown as Call;
    const after = placeOf(any) ?? '';
    const keyOf = (id: string) => id.padStart(24, '0');
    const clients = (await listClients(parts.replication.redis, call.now))
      .filter(({ id, feeds }) => feeds > 0 && keyOf(id) > after)
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
