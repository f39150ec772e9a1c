import { Inject } from '@nestjs/common';
import { defineConfig, defineSync } from '@tenantry/protocol';
import type { Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { CurrentTenant, InjectLive, type LiveOf, type TenantryHealthIndicator, TenantryModule } from './index.ts';

const schema = z.object({ mode: z.enum(['off', 'on']) });
const withDefault = defineConfig({ name: 'with-default', schema, default: { mode: 'off' } });
const without = defineConfig({ name: 'without', schema });
const plans = defineSync<{ id: number; tenantId: string; seats: number }>()({
  name: 'plans',
  tenant: 'tenantId',
  keys: { id: ['id'] },
});
const plan = plans.by('id', { id: 1 });

describe('a live value', () => {
  it('has the type of its definition, and may be undefined only where there is no default', () => {
    type Mode = { readonly mode: 'off' | 'on' };
    expectTypeOf<LiveOf<typeof withDefault>['value']>().toExtend<Mode>();
    expectTypeOf<LiveOf<typeof withDefault>['value']>().not.toBeAny();
    expectTypeOf<LiveOf<typeof without>['value']>().toExtend<Mode | undefined>();
    expectTypeOf<undefined>().toExtend<LiveOf<typeof without>['value']>();
    // @ts-expect-error it always has a value
    expectTypeOf<undefined>().toExtend<LiveOf<typeof withDefault>['value']>();
    expectTypeOf<NonNullable<LiveOf<typeof plan>['value']>['seats']>().toEqualTypeOf<number>();
    expectTypeOf<ReturnType<LiveOf<typeof withDefault>['watch']>>().toExtend<Observable<Mode>>();
    expectTypeOf<Awaited<ReturnType<LiveOf<typeof plan>['get']>>>().toExtend<{ seats: number } | undefined>();
  });
});

describe('the module', () => {
  it('takes a factory of whatever it has injected', () => {
    class Settings {
      readonly url = 'redis://localhost';
    }
    TenantryModule.forRootAsync({ inject: [Settings], useFactory: (settings: Settings) => ({ redis: settings.url }) });
    TenantryModule.forRootAsync({ useFactory: async () => ({ redis: 'redis://localhost' }) });
    // @ts-expect-error: it has no such option
    TenantryModule.forRootAsync({ useFactory: () => ({ redis: 'redis://localhost' }), isGlobal: true });
    // @ts-expect-error: a definition of an entity is no ref without a key
    TenantryModule.forFeature([plans]);
    TenantryModule.forFeature([plan, without, withDefault]);
  });

  it('has decorators for parameters and for properties', () => {
    class Reader {
      @InjectLive(plan) readonly plan!: LiveOf<typeof plan>;
      readonly current: CurrentTenant;
      constructor(@Inject(CurrentTenant) current: CurrentTenant, @InjectLive(without) _: LiveOf<typeof without>) {
        this.current = current;
      }
    }
    expectTypeOf<Reader['current']['client']>().returns.toHaveProperty('peek');
  });

  it('answers a health check under the key that it is given', () => {
    const health = {} as TenantryHealthIndicator;
    expectTypeOf(health.check().tenantry.status).toEqualTypeOf<'up' | 'down'>();
    expectTypeOf(health.check('config').config.state).toEqualTypeOf<'connecting' | 'ready' | 'stale' | 'closed'>();
    // @ts-expect-error: that is not its key
    health.check('config').tenantry;
  });
});
