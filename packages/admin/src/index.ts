// The admin.

export type { AdminOptions } from './admin-options.ts';
export type {
  AdminBackend,
  BackendChange,
  BackendConfigs,
  BackendServers,
  BackendStore,
} from './backend/admin-backend.ts';
export { type Admin, createAdmin } from './create-admin.ts';
export type { AdminMetricsOptions } from './health/health-surface.ts';
export type { Listening } from './listener/listen.ts';
export { toNodeHandler } from './listener/to-node-handler.ts';
export type { OfrepContext, OfrepOptions } from './ofrep/ofrep-options.ts';

// Who calls.

export type { Grant, Principal } from '@tenantry/admin-api';
export { type Auth, type Connection, firstOf } from './auth/auth.ts';
export { type IssuerTokensOptions, issuerTokens } from './auth/oidc/issuer-tokens.ts';
export { oidc } from './auth/oidc/oidc.ts';
export type { OidcOptions } from './auth/oidc/oidc-options.ts';
export { type StaticToken, staticTokens } from './auth/static-tokens.ts';
export { type TrustedHeaderOptions, trustedHeader } from './auth/trusted-header.ts';
