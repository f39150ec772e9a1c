import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { describeArrived, withoutValues } from '@tenantry/protocol/internal';
import { createConfigRetirer, whenReady, within } from '@tenantry/redis';
import type { ConfigParts } from '../configs/config-parts.ts';
import { sourceOfConfig } from '../sources/replicated-config.ts';
import { Config, type ConfigRow } from '../tables/config-tables.ts';
import { Outbox } from '../tables/outbox.ts';
import type { WriteBack } from '../write-back/write-back.ts';

/**
 * Adds a config while the process runs, and publishes what the database has of it. Where that fails it stays registered:
 * calling it again publishes again.
 */
export async function registerConfig(parts: ConfigParts, definition: AnyConfig): Promise<void> {
  const { registry, clock, random, publishAll } = parts;
  registry.addConfig(definition, clock, random);
  const source = registry.config(definition);
  if (source && definition.persistence === 'database')
    await publishAll(source).catch(error => {
      throw withoutValues(error, 'Publishing a config that was registered');
    });
}

const STEP_MS = 5_000;
const AT_ONCE = 50;
const BATCH = 500;
const FLUSHES = 3;

/**
 * Ends a config in this process, and in Redis in every tenant:
 *
 *   here:     from now on refuses writes, and publishes what was committed before as gone
 *   per tenant: read the database's version → one script: nothing dirty? then purge, remember the version, tell readers
 *
 * A publish that is under way has at most the version that was read, so it comes too late to bring the key back. What is dirty
 * is flushed first and then tried again. Where a tenant fails, the config is registered again, so that the call can be repeated.
 */
export async function deregisterConfig(
  parts: ConfigParts,
  writeBack: Pick<WriteBack, 'flushBefore'>,
  definition: AnyConfig,
): Promise<void> {
  const { registry, redis, replica, orm, clock, random } = parts;
  if (!registry.config(definition))
    throw new TenantryError(
      'NOT_REGISTERED',
      `This config is not registered with the ORM: ${describeArrived((definition as Partial<AnyConfig> | undefined)?.name ?? definition)}.`,
    );
  const retirer = createConfigRetirer(redis, replica);
  registry.removeConfig(definition);
  try {
    await whenReady(redis);
    await within(STEP_MS, 'Emptying the outbox', forgetUnpublished());
    for await (const tenants of retirer.tenants()) {
      for (let i = 0; i < tenants.length; i += AT_ONCE) {
        const some = tenants.slice(i, i + AT_ONCE);
        const versions = await versionsOf(some);
        await within(
          STEP_MS,
          'Purging a config',
          Promise.all(some.map(tenant => retire(tenant, versions.get(tenant) ?? 0))),
        );
      }
    }
  } catch (error) {
    registry.addConfig(definition, clock, random);
    throw withoutValues(error, 'Deregistering a config');
  }

  /** What waits to be published would wait for ever; what it would have said is that the config is gone. */
  async function forgetUnpublished(): Promise<void> {
    const driver = orm.em.getDriver();
    for (let count = BATCH; count === BATCH; ) {
      // By primary key: a DELETE by source would wait for transactions that have written it and are still open.
      const found = await driver.find(Outbox, { source: sourceOfConfig(definition) }, {
        connectionType: 'write',
        fields: ['id'],
        limit: BATCH,
      } as never);
      const ids = found.map(row => (row as { id: number | string }).id);
      if (ids.length > 0) await driver.nativeDelete(Outbox, { id: { $in: ids } } as never);
      count = ids.length;
    }
  }

  async function retire(tenant: string, version: number): Promise<void> {
    const config = { owner: definition.address, version };
    for (let flushes = 0; flushes <= FLUSHES; flushes++) {
      if (await retirer.retire(tenant, config)) return;
      await writeBack.flushBefore(tenant, [definition]);
    }
    throw new TenantryError(
      'UNAVAILABLE',
      `"${definition.name}" is written back faster than it can be flushed: it is still registered. Deregister it where it is written first.`,
    );
  }

  async function versionsOf(tenants: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (definition.persistence === 'none') return new Map();
    const reading = orm.em
      .getDriver()
      .find(Config, { tenant: { $in: [...tenants] }, name: definition.configKey } as never, {
        connectionType: 'write',
        fields: ['tenant', 'version'],
      });
    const rows = (await within(STEP_MS, 'Reading versions', reading)) as ConfigRow[];
    return new Map(rows.map(({ tenant, version }) => [tenant, Number(version)]));
  }
}
