import type { AnswerOf } from '@tenantry/admin-api';
import type { AnyConfig, Scope } from '@tenantry/protocol';
import type { Client } from '@tenantry/sdk';
import type { LiveRights } from '../access/live-rights.ts';
import type { AdminBackend, BackendConfigs, BackendServers } from '../backend/admin-backend.ts';
import { storeOf } from '../backend/store-of.ts';
import { notFound } from '../http/refused.ts';

/** What handlers of configs, scopes and rights work with, whatever is behind them. */
export interface StoreParts extends Pick<AdminBackend, 'store' | 'grants' | 'audit' | 'writeTogether' | 'problem'> {
  readonly client: Client;
  readonly rights: LiveRights;
  /** Of this package. */
  readonly version: string;
  readonly readOnly: boolean;
  readonly logout: string | undefined;
  /** What it refuses, whoever asks. */
  readonly lacks: readonly string[];
  readonly limits: NonNullable<AnswerOf<'me.get'>['limits']>;
  /** How many streams of events are open. */
  readonly streams: () => number;
  readonly now: () => number;
  /** Told of what broke after an answer had begun: its caller hears no more than that it breaks off. */
  readonly report: (error: unknown) => void;
}

/** The same where there are servers. */
export interface HandlerParts extends StoreParts, BackendServers {}

/** The registered config of this very name: what a path calls by a former name is not there. `NOT_FOUND`. */
export function configNamed({ store }: Pick<StoreParts, 'store'>, name: string): AnyConfig {
  const config = store.definition(name);
  if (config?.name === name) return config;
  throw notFound();
}

/** The store of a scope. */
export function configsOf({ store }: Pick<StoreParts, 'store'>, scope: Scope): BackendConfigs {
  return storeOf(store, scope);
}

/** Without the properties that are undefined: an answer has none of them. */
export function defined<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never;
}
