import { isOwnTenant, scopeOf } from '@tenantry/protocol/internal';
import type { Call, Handler } from '../../calls/call.ts';
import { defined, type HandlerParts } from '../../calls/handler-parts.ts';
import { limitOf, placeOf, sealed } from '../../calls/visible-page.ts';
import { recordOperation } from './record-operation.ts';

const MOST = 10_000;

/** Changes that were given up on, oldest first. */
export function listDeadRows(parts: HandlerParts): Handler<'deadRows.list'> {
  return async call => {
    const any = call as unknown as Call;
    const after = Number(placeOf(any) ?? 0);
    const rows = (await parts.replication.deadRows(MOST)).filter(({ id }) => id > after);
    const items = rows.slice(0, limitOf(any)).map(({ id, definition, recordId, tenant, error, attempts, createdAt }) =>
      defined({
        ...{ id: String(id), definition, recordId, error, attempts, createdAt: createdAt.getTime() },
        tenant: tenant === null ? undefined : nameOfTenant(tenant),
      }),
    );
    return { body: sealed(any, items, rows.length > items.length ? items.at(-1)?.id : undefined) };
  };
}

/** Tries them again. */
export function retryDeadRows(parts: HandlerParts): Handler<'deadRows.retry'> {
  return async call => {
    const ids = idsOf(call.body.ids);
    await recordOperation(parts, call as unknown as Call, 'dead-rows.retry', call.body.ids);
    return { body: { count: await parts.replication.retryDeadRows(ids) } };
  };
}

/** Forgets them. */
export function discardDeadRows(parts: HandlerParts): Handler<'deadRows.discard'> {
  return async call => {
    const ids = idsOf(call.body.ids);
    await recordOperation(parts, call as unknown as Call, 'dead-rows.discard', call.body.ids);
    return { body: { count: await parts.replication.discardDeadRows(ids) } };
  };
}

/** A tenant by its id, a group and the global scope by the name of the scope. */
export function nameOfTenant(tenant: string): string {
  return isOwnTenant(tenant) ? tenant : scopeOf(tenant);
}

/** What is no number is the id of no row. */
function idsOf(ids: readonly string[] | undefined): readonly number[] | undefined {
  return ids?.filter(id => /^[1-9]\d{0,14}$/.test(id)).map(Number);
}
