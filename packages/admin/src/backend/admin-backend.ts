import type { RouteId } from '@tenantry/admin-api';
import type {
  AnyOrm,
  AuditLog,
  ConfigScopes,
  ConfigStore,
  Grants,
  Replication,
  TenantConfigs,
  WriteBack,
} from '@tenantry/mikro-orm';
import type { AnyConfig, Scope } from '@tenantry/protocol';

/** The configs of one scope, as far as the admin shows and changes them. */
export type BackendConfigs = Pick<
  TenantConfigs,
  'set' | 'patch' | 'unset' | 'rollback' | 'history' | 'revision' | 'diff' | 'state'
>;

/** The store of configs and groups, as far as the admin needs it. */
export interface BackendStore
  extends Pick<ConfigStore, 'definitions' | 'definition' | 'tenants' | 'whoOverrides' | 'preview' | 'runAs'> {
  readonly stored: Pick<
    ConfigStore['stored'],
    'of' | 'ofMany' | 'known' | 'withOrigin' | 'revision' | 'groups' | 'memberships' | 'scopesOf'
  >;
  tenant(id: string): BackendConfigs;
  group(name: string): BackendConfigs;
  global(): BackendConfigs;
  readonly scopes: Pick<ConfigScopes, 'set' | 'setGroup' | 'deleteGroup' | 'groups' | 'members'>;
}

/** One of several writes that are made together; a value that is undefined is taken away. */
export interface BackendChange {
  readonly config: AnyConfig;
  readonly value: unknown;
  readonly ifVersion: number | undefined;
  /** Default `api`. */
  readonly origin: string | undefined;
}

/** The groups that a scope is to be in. */
export interface BackendGroups {
  readonly groups: readonly string[];
  readonly ifVersion: number;
  readonly origin: string | undefined;
}

/** The database, Redis, and what is between them. */
export interface BackendServers {
  readonly orm: AnyOrm;
  readonly replication: Replication;
  readonly writeBack: WriteBack;
}

/**
 * What an admin shows and changes: a database with its replica, or the folder of `@tenantry/dev`. The rest of the admin does not know which of the
 * two it is.
 */
export interface AdminBackend {
  readonly store: BackendStore;
  readonly grants: Pick<Grants, 'all' | 'list' | 'give' | 'take'>;
  readonly audit: Pick<AuditLog, 'record' | 'list' | 'export'>;
  /** ms since 1970. */
  readonly now: () => number;
  /**
   * Writes several configs of one scope, and before them its groups, all or nothing, and answers their versions by name, that of the groups as
   * `@groups`. `CONFLICT` says in `details.config` which of them it was.
   */
  writeTogether(
    scope: Scope,
    changes: readonly BackendChange[],
    groups?: BackendGroups,
  ): Promise<ReadonlyMap<string, number>>;
  /** What all admins of this installation know, and nobody else does: cursors are sealed with it. */
  installation(): Promise<string>;
  /** Why nothing can be written at the moment; undefined: it can. */
  problem(): Promise<string | undefined>;
  /** What is `NOT_SUPPORTED`, whoever asks, besides what is asked of servers where there are none: pages do not offer it. */
  readonly lacks?: readonly (RouteId | 'expiresAt' | 'secrets')[] | undefined;
  /** Undefined: there are none, and what is asked of them is `NOT_SUPPORTED`. */
  readonly servers?: BackendServers | undefined;
}
