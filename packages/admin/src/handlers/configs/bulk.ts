import { TenantryError } from '@tenantry/protocol';
import { GROUPS_NAME } from '@tenantry/protocol/internal';
import type { BackendChange, BackendGroups } from '../../backend/admin-backend.ts';
import type { Call, Handler } from '../../calls/call.ts';
import { configNamed, defined, type StoreParts } from '../../calls/handler-parts.ts';
import { forbidden, notFound, Refused } from '../../http/refused.ts';
import { checkJoined } from '../scopes/write-groups.ts';
import { givenValue } from './write-configs.ts';

/** Several configs of one scope, and the groups that it is in, all or nothing. */
export function writeBulk(parts: StoreParts): Handler<'configs.bulk'> {
  return async call => {
    const { scope, body, principal, via } = call;
    if (body.changes.length === 0 && !body.groups)
      throw new Refused(400, 'INVALID_REQUEST', 'The body must have changes, or `groups`.');
    const changes = body.changes.map(change => toChange(parts, call, change));
    const names = changes.map(({ config }) => config.name);
    const seen = new Set<string>();
    const twice = names.find(name => seen.size === seen.add(name).size);
    if (twice !== undefined) throw new Refused(400, 'INVALID_REQUEST', `"${twice}" is in this bulk twice.`);
    const groups = body.groups && (await toGroups(parts, call, body.groups));
    const versions = await parts.store
      .runAs(defined({ actor: principal.id, reason: body.reason, via }), () =>
        parts.writeTogether(scope, changes, groups),
      )
      .catch(refuse);
    const results = names.map(config => ({ config, version: versions.get(config) as number }));
    return { body: { results, ...(groups && { groups: { version: versions.get(GROUPS_NAME) as number } }) } };
  };
}

/** The same rights as to set the groups alone. */
async function toGroups(
  { store }: StoreParts,
  call: Call<'configs.bulk'>,
  { groups, ifVersion, origin }: NonNullable<Call<'configs.bulk'>['body']['groups']>,
): Promise<BackendGroups> {
  const { scope } = call;
  if (scope === 'global') throw new Refused(400, 'INVALID_REQUEST', 'The global scope is in no groups.');
  if (!call.may('edit', scope, GROUPS_NAME)) throw forbidden('edit');
  const present = (await store.stored.groups([scope])).get(scope)?.groups ?? [];
  checkJoined(
    call,
    groups.filter(group => !present.includes(group)),
  );
  return { groups, ifVersion, origin };
}

type BulkChange = Call<'configs.bulk'>['body']['changes'][number];

function toChange(parts: StoreParts, call: Call<'configs.bulk'>, change: BulkChange): BackendChange {
  const { config: name, json, value, unset, ifVersion, origin } = change;
  if (!call.may('list', call.scope, name)) throw notFound();
  if (!call.may('edit', call.scope, name)) throw forbidden('edit');
  const config = configNamed(parts, name);
  if (unset !== undefined && (json !== undefined || value !== undefined))
    throw new Refused(400, 'INVALID_REQUEST', `"${name}" is to be set and unset at once.`);
  return { config, ifVersion, origin, value: unset ? undefined : givenValue(json, value, 'value') };
}

/** Says which of them it was. */
function refuse(error: unknown): never {
  if (!(error instanceof TenantryError && error.code === 'CONFLICT')) throw error;
  const { config, currentVersion } = error.details;
  throw new Refused(412, 'CONFLICT', `"${config}" is at another version by now: nothing was written.`, {
    details: { config, currentVersion },
  });
}
