import type { ClientStatus, Entry } from '@tenantry/sdk';
import type { RefRequest } from '../definitions/catalogue.ts';

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
    };

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
