import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { describeArrived, TRY_AGAIN, withoutValues } from '@tenantry/protocol/internal';
import { type ConfigRetirer, createConfigRetirer, within } from '@tenantry/redis';
import type { ConfigParts } from '../configs/config-parts.ts';
import { internalFork } from '../database/internal-fork.ts';
import { deleteOwn, findOwn } from '../database/own-queries.ts';
import { withinQuery } from '../database/within-query.ts';
import { outboxNameOf } from '../definitions/replicated-config.ts';
import { Config } from '../tables/config-tables.ts';
import { Outbox } from '../tables/outbox.ts';
import type { Flusher } from '../write-back/flusher.ts';

const STEP_MS = 5_000;
const AT_ONCE = 50;
const BATCH = 500;
const FLUSHES = 3;

/**
 * Ends a config in this process, and in Redis for every tenant:
 *
 *   here:       from now on refuses writes, and publishes what was committed before as gone
 *   per tenant: read the database's version → one script: nothing dirty? then purge, remember the version, tell readers
 *
 * A publish that is under way has at most the version that was read, so it comes too late to bring the key back. A dirty
 * value is flushed, and then the tenant is tried again. If a tenant fails, the config is registered again, so that the call
 * can be repeated.
 */
export async function deregisterConfig(
  parts: ConfigParts,
  flusher: Pick<Flusher, 'flushBefore'>,
  definition: AnyConfig,
): Promise<void> {
  const { registry, redis, replica, installation, clock, random } = parts;
  if (!registry.config(definition))
    throw new TenantryError(
      'NOT_REGISTERED',
      `This config is not registered with the ORM: ${describeArrived((definition as Partial<AnyConfig> | undefined)?.name ?? definition)}.`,
    );
  const retirer = createConfigRetirer(redis, replica);
  registry.removeConfig(definition);
  try {
    await installation.ready();
    await withinQuery(STEP_MS, 'Emptying the outbox', signal => forgetUnpublished(parts, definition, signal));
    for await (const tenants of retirer.tenants()) {
      for (let i = 0; i < tenants.length; i += AT_ONCE) {
        const some = tenants.slice(i, i + AT_ONCE);
        const versions = await versionsOf(parts, definition, some);
        const retiring = some.map(tenant => retire(retirer, flusher, definition, tenant, versions.get(tenant) ?? 0));
        await within(STEP_MS, 'Purging a config', Promise.all(retiring));
      }
    }
  } catch (error) {
    registry.addConfig(definition, clock, random);
    throw withoutValues(error, 'Deregistering a config', TRY_AGAIN);
  }
}

/** Changes of this config that wait to be published would wait for ever; each would only say that the config is gone. */
async function forgetUnpublished({ orm }: ConfigParts, definition: AnyConfig, signal: AbortSignal): Promise<void> {
  const em = internalFork(orm, signal);
  for (let count = BATCH; count === BATCH; ) {
    // By primary key: a DELETE by definition would wait for transactions that have written it and are still open.
    const some = { fields: ['id'], limit: BATCH };
    const ids = (await findOwn(em, Outbox, { definition: outboxNameOf(definition) }, some)).map(({ id }) => id);
    if (ids.length > 0) await deleteOwn(em, Outbox, { id: { $in: ids } });
    count = ids.length;
  }
}

async function versionsOf(
  { orm }: ConfigParts,
  { persistence, configKey }: AnyConfig,
  tenants: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (persistence === 'none') return new Map();
  const where = { tenant: { $in: [...tenants] }, name: configKey };
  const rows = await withinQuery(STEP_MS, 'Reading versions', signal =>
    findOwn(internalFork(orm, signal), Config, where, { fields: ['tenant', 'version'] }),
  );
  return new Map(rows.map(({ tenant, version }) => [tenant, Number(version)]));
}

async function retire(
  retirer: ConfigRetirer,
  flusher: Pick<Flusher, 'flushBefore'>,
  definition: AnyConfig,
  tenant: string,
  version: number,
): Promise<void> {
  const config = { owner: definition.address, version };
  for (let flushes = 0; flushes <= FLUSHES; flushes++) {
    if (await retirer.retire(tenant, config)) return;
    await flusher.flushBefore(tenant, [definition]);
  }
  throw new TenantryError(
    'UNAVAILABLE',
    `"${definition.name}" is written back faster than it can be flushed: it is still registered. Deregister it where it is written first.`,
  );
}
