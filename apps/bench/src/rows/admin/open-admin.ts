import { createHash } from 'node:crypto';
import type { EventSubscriber, MikroORM } from '@mikro-orm/core';
import { type Admin, createAdmin, staticTokens } from '@tenantry/admin';
import { createPage } from '@tenantry/admin-ui';
import { type ConfigStore, configStore } from '@tenantry/mikro-orm';
import { type AnyConfig, defineConfig } from '@tenantry/protocol';
import { createClient } from '@tenantry/sdk';
import { freshDatabase, freshPrefix } from '@tenantry/testing';
import { openApp } from '../../app/benched-app.ts';
import type { BenchContext } from '../../bench-context.ts';

export const TOKEN = 'bench-token-of-nobody-else';

/** One config of many. */
export const plan = defineConfig({
  name: 'plan',
  // Any schema will do: what is measured does not validate much.
  schema: { '~standard': { version: 1, vendor: 'bench', validate: value => ({ value }) } },
  inherit: 'replace',
  databaseTimeout: '30s',
  cacheTimeout: '30s',
});

/** An admin that listens, over a system of its own. */
export interface BenchedAdmin extends AsyncDisposable {
  readonly orm: MikroORM;
  readonly store: ConfigStore;
  readonly admin: Admin;
  readonly port: number;
}

export async function openAdmin(
  { redis }: BenchContext,
  subscribers: readonly EventSubscriber[] = [],
  configs: readonly AnyConfig[] = [plan],
): Promise<BenchedAdmin> {
  // Of its own: the database of the run has no tables of grants, and a prefix belongs to one database.
  const [database, names] = [await freshDatabase(), await freshPrefix()];
  const { redisUrl, prefix } = names;
  const orm = await openApp(database.url, { redis, prefix, admin: true, configs }, subscribers);
  await orm.schema.create();
  const client = await createClient({ redis: redisUrl, prefix, readTimeoutMs: 30_000 });
  const sha256 = createHash('sha256').update(TOKEN).digest('hex');
  const admin = await createAdmin({
    ...{ orm, client, admins: ['user:root'] },
    auth: staticTokens([{ id: 'root', sha256 }]),
    page: createPage(),
    onError: error => console.error(error),
  });
  const { port } = await admin.listen(0);
  return {
    ...{ orm, admin, port, store: configStore(orm) },
    async [Symbol.asyncDispose]() {
      await admin.close();
      await client.close();
      await orm.close();
      await names[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
