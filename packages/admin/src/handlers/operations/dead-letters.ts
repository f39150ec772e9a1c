import { within } from '@tenantry/redis';
import type { Call, Handler } from '../../calls/call.ts';
import { defined, type HandlerParts } from '../../calls/handler-parts.ts';
import { limitOf, placeOf, sealed } from '../../calls/visible-page.ts';
import { nameOfTenant } from './dead-rows.ts';
import { recordOperation } from './record-operation.ts';

const MOST = 10_000;
// They have no time of their own.
const LOOK_MS = 5_000;
const CHANGE_MS = 30_000;

/** Write-backs that the database refused for good, by their ids. */
export function listDeadLetters(parts: HandlerParts): Handler<'deadLetters.list'> {
  return async call => {
    const any = call as unknown as Call;
    const after = placeOf(any) ?? '';
    const all = await within(LOOK_MS, 'Listing dead letters', parts.writeBack.deadLetters(MOST));
    const letters = all.filter(({ id }) => id > after);
    letters.sort((a, b) => (a.id < b.id ? -1 : 1));
    const items = letters.slice(0, limitOf(any)).map(letter => {
      const { id, tenant, name, version, op, error, attempts, actor, writtenAt, diedAt } = letter;
      return defined({
        ...{ id, tenant: nameOfTenant(tenant), config: name, version, op, error, attempts, actor },
        ...{ writtenAt: writtenAt.getTime(), diedAt: diedAt.getTime() },
      });
    });
    return { body: sealed(any, items, letters.length > items.length ? items.at(-1)?.id : undefined) };
  };
}

/** Gives them to the next flush. */
export function retryDeadLetters(parts: HandlerParts): Handler<'deadLetters.retry'> {
  return async call => {
    const { ids } = call.body;
    await recordOperation(parts, call as unknown as Call, 'dead-letters.retry', ids);
    const retried = parts.writeBack.retryDeadLetters(ids);
    return { body: { count: await within(CHANGE_MS, 'Retrying dead letters', retried) } };
  };
}

/** Gives them up: readers get the database's value again. */
export function discardDeadLetters(parts: HandlerParts): Handler<'deadLetters.discard'> {
  return async call => {
    const { ids } = call.body;
    await recordOperation(parts, call as unknown as Call, 'dead-letters.discard', ids);
    const discarded = parts.writeBack.discardDeadLetters(ids);
    return { body: { count: await within(CHANGE_MS, 'Discarding dead letters', discarded) } };
  };
}
