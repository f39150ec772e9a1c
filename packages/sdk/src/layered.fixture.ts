import { defineConfig, GLOBAL_TENANT, type Tenant } from '@tenantry/protocol';
import { defineGroups, groupTenant } from '@tenantry/protocol/internal';
import { encodeReadToken } from '@tenantry/redis';
import { z } from 'zod';
import { configPut, configUnset, PATIENT } from './published-configs.fixture.ts';
import type { World } from './world.fixture.ts';

/** The nearest scope's value as a whole. */
export const plan = defineConfig({
  ...PATIENT,
  name: 'plan',
  schema: z.object({ seats: z.number(), tags: z.array(z.string()).default([]) }),
  default: { seats: 1 },
  inherit: 'replace',
});

/** Merged; its schema is about two properties. */
export const range = defineConfig({
  ...PATIENT,
  name: 'range',
  schema: z
    .object({ min: z.number(), max: z.number(), note: z.string().nullable().optional() })
    .refine(({ min, max }) => min <= max, { message: 'min > max' }),
  default: { min: 0, max: 100 },
  inherit: 'merge',
});

/** Merged, and without a default. */
export const menu = defineConfig({
  ...PATIENT,
  name: 'menu',
  schema: z.object({ items: z.array(z.object({ id: z.string(), n: z.number().optional() })) }),
  inherit: 'merge',
  mergeListsBy: { '/items': 'id' },
});

export const token = defineConfig({
  ...PATIENT,
  name: 'token',
  schema: z.object({ key: z.string() }),
  inherit: 'replace',
  secret: true,
});

/** The nearest scope's value as a whole, and `null` is one. */
export const nullable = defineConfig({
  ...PATIENT,
  name: 'nullable',
  schema: z.number().nullable(),
  default: 1,
  inherit: 'replace',
});

const GROUPS = defineGroups();

/** The scope of a tenant, of a group (`@eu`), or the global one (`*`). */
export const scope = (name: string): Tenant =>
  name === '*' ? GLOBAL_TENANT : name.startsWith('@') ? groupTenant(name.slice(1)) : name;

/** Writes as the config store does, with versions that go up. */
export function writer(world: World) {
  const versions = new Map<string, number>();
  const next = (name: string, address: string) => {
    const version = (versions.get(name + address) ?? 0) + 1;
    versions.set(name + address, version);
    return version;
  };
  return {
    set: (
      name: string,
      config: typeof plan | typeof range | typeof menu | typeof token | typeof nullable,
      value: unknown,
    ) => world.apply(scope(name), configPut(config, next(name, config.address), value)),
    unset: (name: string, config: typeof plan | typeof range | typeof menu) =>
      world.apply(scope(name), configUnset(config, next(name, config.address))),
    groups: (name: string, ...groups: string[]) =>
      world.apply(scope(name), configPut(GROUPS, next(name, GROUPS.address), groups)),
  };
}

/** The read token of all that a scope has now; `later` writes more than that. */
export async function tokenOf({ reader }: World, name: string, later = 0): Promise<string> {
  const [head] = await reader.heads([scope(name)]);
  if (!head) throw new Error(`Nothing was ever written in ${name}.`);
  return encodeReadToken(scope(name), { ...head, seq: head.seq + later });
}

/** A client whose reads are answered, and which can follow no feed: nothing confirms what it reads. */
export async function startDeafClient(world: World) {
  const name = `deaf-${world.prefix.replaceAll(':', '-')}`;
  await world.redis.acl('SETUSER', name, 'on', '>secret', '~*', '+@all', 'resetchannels');
  const { host } = new URL(world.redisUrl);
  const client = await world.client({ redis: `redis://${name}:secret@${host}` });
  return { client, [Symbol.asyncDispose]: async () => void (await world.redis.acl('DELUSER', name)) };
}
