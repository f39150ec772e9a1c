export { createProvider, type TenantryProvider } from './create-provider.ts';
export type { FlagKey, TypedFlags } from './flag-key.ts';
export type { ProviderConfigs, ProviderOptions } from './provider-options.ts';
