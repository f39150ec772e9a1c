// The module.

export type { TenantId, TenantryModuleOptions } from './module-options.ts';
export { TenantryModule, type TenantryModuleAsyncOptions } from './tenantry-module.ts';

// What a class may have injected.

export { CurrentTenant } from './current-tenant.ts';
export { InjectClient, InjectLive, liveToken, TENANTRY_CLIENT } from './inject.ts';
export type { LiveOf, LiveValue } from './live-value.ts';
export {
  type ClientHealth,
  type HealthCheckOptions,
  type HealthResult,
  TenantryHealthIndicator,
} from './tenantry-health-indicator.ts';

// For a microservice that does not take the application's interceptors.

export { TenantInterceptor } from './tenant-interceptor.ts';
