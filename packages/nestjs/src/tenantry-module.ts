import type { DynamicModule, FactoryProvider, Provider } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import type { Ref } from '@tenantry/protocol';
import { CurrentTenant } from './current-tenant.ts';
import { liveToken, TENANTRY_CLIENT } from './inject.ts';
import { createLiveValue } from './live-value.ts';
import type { TenantryModuleOptions } from './module-options.ts';
import { TenantInterceptor } from './tenant-interceptor.ts';
import { TenantryCoreModule } from './tenantry-core-module.ts';
import { TenantryHealthIndicator } from './tenantry-health-indicator.ts';
import { TenantryParts } from './tenantry-parts.ts';

/** Options of `TenantryModule.forRootAsync`: where the options of `forRoot` come from. */
export interface TenantryModuleAsyncOptions {
  /** Modules that export what the factory has injected. Default: none. */
  readonly imports?: DynamicModule['imports'];
  /** What the factory has injected. Default: nothing. */
  readonly inject?: FactoryProvider['inject'];
  /** Answers with the options of `forRoot`, or with a promise of them. */
  readonly useFactory: (...injected: never[]) => TenantryModuleOptions | Promise<TenantryModuleOptions>;
}

const OPTIONS = Symbol('tenantry.options');

/** Tenantry in NestJS: one client for the application, and in each request its tenant. */
// biome-ignore lint/complexity/noStaticOnlyClass: what Nest imports is a class.
export class TenantryModule {
  /** For the root module, once; everything that it provides is there in all modules. The start fails with `INVALID_OPTION` where an option is wrong. */
  static forRoot(options: TenantryModuleOptions): DynamicModule {
    return coreModule([], { provide: OPTIONS, useValue: options });
  }

  /** As `forRoot`, with options that come from other providers. */
  static forRootAsync({ imports = [], inject = [], useFactory }: TenantryModuleAsyncOptions): DynamicModule {
    return coreModule(imports, { provide: OPTIONS, inject, useFactory: useFactory as FactoryProvider['useFactory'] });
  }

  /** For a module whose classes have live values injected: each ref that an `@InjectLive` of theirs names. `INVALID_KEY` where one is no ref. */
  static forFeature(refs: readonly Ref<unknown>[]): DynamicModule {
    const providers = refs.map(
      (ref): Provider => ({
        provide: liveToken(ref),
        inject: [TenantryParts],
        useFactory: async (parts: TenantryParts) => {
          await parts.hold(ref);
          return createLiveValue(parts, ref);
        },
      }),
    );
    return { module: TenantryModule, providers, exports: refs.map(liveToken) };
  }
}

function coreModule(imports: NonNullable<DynamicModule['imports']>, options: Provider): DynamicModule {
  const of = <T>(provide: FactoryProvider['provide'], useFactory: (parts: TenantryParts) => T): Provider => ({
    provide,
    inject: [TenantryParts],
    useFactory,
  });
  const provided = [
    { provide: TenantryParts, inject: [OPTIONS], useFactory: TenantryParts.open },
    of(TENANTRY_CLIENT, ({ client }) => client),
    of(CurrentTenant, ({ context }) => context),
    of(TenantryHealthIndicator, ({ client }) => new TenantryHealthIndicator(client)),
    of(TenantInterceptor, parts => new TenantInterceptor(parts)),
  ];
  return {
    module: TenantryCoreModule,
    global: true,
    imports,
    providers: [options, ...provided, { provide: APP_INTERCEPTOR, useExisting: TenantInterceptor }],
    exports: [TenantryParts, TENANTRY_CLIENT, CurrentTenant, TenantryHealthIndicator, TenantInterceptor],
  };
}
