import type { Scope } from '@tenantry/protocol';
import type { ClientStatus, Entry, HealthReason } from '@tenantry/sdk';
import type { RefRequest } from '../definitions/catalogue.ts';
import type { SettingRequest } from '../definitions/settings.ts';

/** What the supervisor asks of a reader. */
export type ToReader =
  | { readonly kind: 'watch'; readonly requests: readonly RefRequest[]; readonly call: number }
  /** Look at all of them whenever one of them changes. */
  | { readonly kind: 'watchTogether'; readonly requests: readonly RefRequest[]; readonly call: number }
  | {
      readonly kind: 'ask';
      readonly how: 'peek' | 'get' | 'entry';
      readonly request: RefRequest;
      readonly call: number;
    }
  /** Where the value of a setting comes from. */
  | { readonly kind: 'explain'; readonly request: SettingRequest; readonly call: number }
  /** How it is: `ReaderLife`. */
  | { readonly kind: 'life'; readonly call: number };

/** The two questions that a reader answers of itself, and what is not as it should be. */
export interface ReaderLife {
  /** There is something usable to serve. */
  readonly isReady: boolean;
  /** A live feed stands behind it. */
  readonly isFresh: boolean;
  readonly reasons: readonly LifeReason[];
}

/** A reason of `client.health()`, as it can be sent. */
export type LifeReason = Pick<HealthReason, 'kind' | 'why' | 'failures'> & {
  /** ms since 1970. */
  readonly since: number;
  readonly lastError: string | undefined;
};

/** The value, and the scope that each of its fields comes from, by its path. */
export interface Explained {
  readonly value: unknown;
  readonly from: Readonly<Record<string, Scope | 'default'>>;
}

/** What a reader says. Times are on the machine's clock. */
export type FromReader =
  | { readonly kind: 'ready' }
  | { readonly kind: 'status'; readonly status: ClientStatus }
  | { readonly kind: 'entry'; readonly name: string; readonly entry: Entry<unknown>; readonly at: number }
  /** It asked its source for this. */
  | { readonly kind: 'load'; readonly name: string }
  | { readonly kind: 'together'; readonly values: readonly unknown[]; readonly at: number }
  | {
      readonly kind: 'answer';
      readonly call: number;
      readonly value?: unknown;
      readonly error?: string;
      readonly ms: number;
    };
