import { defineConfig } from '@tenantry/protocol';
import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import type { WriteResult } from '../configs/write-options.ts';
import type { ConfigStore } from './config-store.ts';
import type { TenantConfigs } from './tenant-configs.ts';
import type { StoredConfig } from './views/get-configs.ts';

declare const configs: TenantConfigs;
declare const store: ConfigStore;
const retention = defineConfig({
  name: 'retention',
  schema: z.object({ days: z.string().transform(Number), tags: z.array(z.string()).default([]) }),
});

describe('a tenant’s configs', () => {
  it('are written as the schema takes them and read as it gives them', () => {
    expectTypeOf(configs.set(retention, { days: '7' })).toEqualTypeOf<Promise<WriteResult>>();
    expectTypeOf(configs.get(retention)).toEqualTypeOf<
      Promise<StoredConfig<{ readonly days: number; readonly tags: string[] }> | undefined>
    >();
    configs.patch(retention, { tags: ['a'] });
  });

  it('do not compile with a value of another type', () => {
    // @ts-expect-error the schema takes text
    configs.set(retention, { days: 7 });
    // @ts-expect-error a property that the schema does not have
    configs.patch(retention, { weeks: '1' });
    // @ts-expect-error not a config
    configs.set({ name: 'retention' }, { days: '7' });
  });
});

describe('the configs of groups and of all tenants', () => {
  const range = defineConfig({
    name: 'range',
    schema: z.object({ min: z.number(), max: z.number() }),
    inherit: 'merge',
  });

  it('are written with the same verbs, and of a merged one any part', () => {
    expectTypeOf(store.global()).toEqualTypeOf<TenantConfigs>();
    expectTypeOf(store.group('eu')).toEqualTypeOf<TenantConfigs>();
    expectTypeOf(store.group('eu').set(range, { max: 5 })).toEqualTypeOf<Promise<WriteResult>>();
    // @ts-expect-error a part of another type
    store.group('eu').set(range, { max: '5' });
    // @ts-expect-error a part that the schema does not have
    store.global().set(range, { most: 5 });
  });

  it('are previewed and looked up by scope', () => {
    store.preview([
      { scope: 'groups/eu', config: range, value: undefined },
      { scope: 'tenants/acme', groups: ['eu'] },
    ]);
    // @ts-expect-error either a value or groups
    store.preview([{ scope: 'global' }]);
    // @ts-expect-error no such scope
    store.whoOverrides(range, { scope: 'eu' });
  });
});
