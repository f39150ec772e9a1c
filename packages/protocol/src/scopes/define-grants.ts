import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { DefaultedConfig } from '../definitions/config-definition.ts';
import { makeConfig } from '../definitions/define-config.ts';

/** The name of the config that counts the changes of grants. No config of an application can have it. */
export const GRANTS_NAME = '@grants';

/** How often a grant was given or taken. */
export type GrantsConfig = DefaultedConfig<number, number>;

/**
 * The config that says, in the global scope, how often a grant was given or taken: each change is one more, written in the transaction of that
 * change. A process that follows it, `client.global.watch(defineGrants())`, hears of every change, and then reads the grants from the
 * database. The grants themselves are not in Redis: who may write there could give rights, and who may read there could see them.
 */
export function defineGrants(): GrantsConfig {
  return makeConfig({
    name: GRANTS_NAME,
    schema: { '~standard': { version: 1, vendor: 'tenantry', validate } },
    default: 0,
    databaseTimeout: '10s',
    cacheTimeout: '1s',
    // The audit log has each change.
    keepRevisions: 1,
  }) as GrantsConfig;
}

function validate(value: unknown): StandardSchemaV1.Result<number> {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return { value: value as number };
  return { issues: [{ message: 'a count is expected' }] };
}
