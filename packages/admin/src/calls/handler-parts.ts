import type { AnyOrm, AuditLog, ConfigStore, Grants, Replication, TenantConfigs, WriteBack } from '@tenantry/mikro-orm';
import type { AnyConfig, Scope } from '@tenantry/protocol';
import type { Client } from '@tenantry/sdk';
import type { LiveRights } from '../access/live-rights.ts';
import { notFound } from '../http/refused.ts';

/** What handlers work with. */
export interface HandlerParts {
  readonly orm: AnyOrm;
  readonly store: ConfigStore;
  readonly replication: Replication;
  readonly writeBack: WriteBack;
  readonly grants: Grants;
  readonly audit: AuditLog;
  readonly client: Client;
  readonly rights: LiveRights;
  /** Of this package. */
  readonly version: string;
  readonly readOnly: boolean;
  readonly logout: string | undefined;
  /** How many streams of events are open. */
  readonly streams: () => number;
  readonly now: () => number;
}

/** The registered config of this very name: what a path calls by a former name is not there. `NOT_FOUND`. */
export function configNamed({ store }: Pick<HandlerParts, 'store'>, name: string): AnyConfig {
  const config = store.definition(name);
  if (config?.name === name) return config;
  throw notFound();
}

/** The store of a scope. */
export function configsOf({ store }: Pick<HandlerParts, 'store'>, scope: Scope): TenantConfigs {
  const [kind, ...name] = scope.split('/');
  if (kind === 'global') return store.global();
  return kind === 'groups' ? store.group(name.join('/')) : store.tenant(name.join('/'));
}

/** Without the properties that are undefined: an answer has none of them. */
export function defined<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never;
}
