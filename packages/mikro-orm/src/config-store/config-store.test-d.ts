import { defineConfig } from '@tenantry/protocol';
import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import type { WriteResult } from '../configs/write-options.ts';
import type { TenantConfigs } from './tenant-configs.ts';
import type { StoredConfig } from './views/get-configs.ts';

declare const configs: TenantConfigs;
const retention = defineConfig({
  name: 'retention',
  schema: z.object({ days: z.string().transform(Number), tags: z.array(z.string()).default([]) }),
});

describe('a tenant’s configs', () => {
  it('are written as the schema takes them and read as it gives them', () => {
    expectTypeOf(configs.set(retention, { days: '7' })).toEqualTypeOf<Promise<WriteResult>>();
    expectTypeOf(configs.get(retention)).toEqualTypeOf<
      Promise<StoredConfig<{ days: number; tags: string[] }> | undefined>
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
