import type { ConfigVersion } from '@tenantry/mikro-orm';
import { TenantryError } from '@tenantry/protocol';
import type { Call, Handler } from '../../calls/call.ts';
import { configNamed, configsOf, defined, type StoreParts } from '../../calls/handler-parts.ts';
import { limitOf, placeOf, sealed } from '../../calls/visible-page.ts';

/** The versions of a config, newest first; none of what never was set. */
export function listVersions(parts: StoreParts): Handler<'configs.history'> {
  return async call => {
    const any = call as unknown as Call;
    const config = configNamed(parts, call.names.config as string);
    const options = { limit: limitOf(any), cursor: placeOf(any) };
    try {
      const { items, cursor } = await configsOf(parts, call.scope).history(config, options);
      return { body: sealed(any, items.map(toVersion), cursor) };
    } catch (error) {
      if (error instanceof TenantryError && error.code === 'NOT_FOUND') return { body: { items: [] } };
      throw error;
    }
  };
}

/** One version. */
export function getVersion(parts: StoreParts): Handler<'configs.version'> {
  return async ({ scope, names }) => {
    const config = configNamed(parts, names.config as string);
    return { body: toVersion(await configsOf(parts, scope).revision(config, Number(names.version))) };
  };
}

/** What differs between two versions; of a secret the paths alone. */
export function getDiff(parts: StoreParts): Handler<'configs.diff'> {
  return async ({ scope, names, query: { from, to } }) => {
    const config = configNamed(parts, names.config as string);
    const operations = await configsOf(parts, scope).diff(config, from, to);
    const shown = operations.map(operation => {
      const { op, path } = operation;
      return config.secret || operation.op === 'remove' ? { op, path } : { op, path, value: operation.value };
    });
    return { body: { from, to, operations: shown } };
  };
}

function toVersion({ version, op, value, actor, reason, origin, at }: ConfigVersion) {
  const json = value === undefined ? undefined : JSON.stringify(value);
  return defined({ version, op, json, actor, reason, origin, at: at.getTime() });
}
