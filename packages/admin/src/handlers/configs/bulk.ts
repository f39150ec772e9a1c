import { TenantryError } from '@tenantry/protocol';
import type { BackendChange } from '../../backend/admin-backend.ts';
import type { Call, Handler } from '../../calls/call.ts';
import { configNamed, defined, type StoreParts } from '../../calls/handler-parts.ts';
import { forbidden, notFound, Refused } from '../../http/refused.ts';
import { givenValue } from './write-configs.ts';

/** Several configs of one scope, all or nothing. */
export function writeBulk(parts: StoreParts): Handler<'configs.bulk'> {
  return async call => {
    const { scope, body, principal, via } = call;
    const changes = body.changes.map(change => toChange(parts, call, change));
    const names = changes.map(({ config }) => config.name);
    const twice = names.find((name, i) => names.indexOf(name) < i);
    if (twice !== undefined) throw new Refused(400, 'INVALID_REQUEST', `"${twice}" is in this bulk twice.`);
    const versions = await parts.store
      .runAs(defined({ actor: principal.id, reason: body.reason, via }), () => parts.writeTogether(scope, changes))
      .catch(refuse);
    return { body: { results: names.map(config => ({ config, version: versions.get(config) as number })) } };
  };
}

type BulkChange = Call<'configs.bulk'>['body']['changes'][number];

function toChange(parts: StoreParts, call: Call<'configs.bulk'>, change: BulkChange): BackendChange {
  const { config: name, json, value, unset, ifVersion } = change;
  if (!call.may('list', call.scope, name)) throw notFound();
  if (!call.may('edit', call.scope, name)) throw forbidden('edit');
  const config = configNamed(parts, name);
  if (unset !== undefined && (json !== undefined || value !== undefined))
    throw new Refused(400, 'INVALID_REQUEST', `"${name}" is to be set and unset at once.`);
  return { config, ifVersion, value: unset ? undefined : givenValue(json, value, 'value') };
}

/** Says which of them it was. */
function refuse(error: unknown): never {
  if (!(error instanceof TenantryError && error.code === 'CONFLICT')) throw error;
  const { config, currentVersion } = error.details;
  throw new Refused(412, 'CONFLICT', `"${config}" is at another version by now: nothing was written.`, {
    details: { config, currentVersion },
  });
}
