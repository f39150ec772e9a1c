import type { Marks, SeenLayers } from '../scopes/scopes-state.ts';

/** What a reader saw under an address. */
export interface Seen {
  readonly tenant: string;
  readonly address: string;
  /** Undefined: there is none. */
  readonly version: number | undefined;
  readonly value: SeenValue | undefined;
  readonly stale: boolean;
  readonly age: number | undefined;
}

/** The part of a value that tells where it comes from. */
export interface SeenValue {
  /** A row's; a config has none. */
  readonly id?: number;
  readonly tenantId: string;
  readonly n: number;
  readonly stamp: string;
  /** What the world's own shapes have besides. */
  readonly more?: string;
}

/** One thing that happened. `at` is on the machine's clock, in ms. */
export type HistoryEvent = { readonly at: number; readonly by: string } & (
  | ({ readonly kind: 'emission' } & Seen)
  | ({ readonly kind: 'sample' } & Seen)
  | ({ readonly kind: 'answer' } & Seen)
  /** The `n` of plan, limit and config of a tenant's pair, looked at in one moment in which none is called stale. */
  | { readonly kind: 'together'; readonly tenant: string; readonly ns: readonly number[] }
  /** The same three of a config that has scopes. */
  | ({ readonly kind: 'layered'; readonly how: 'emission' | 'sample' | 'answer' } & SeenLayers)
  /** The marks of two configs that each scope sets together, looked at in one moment in which neither is called stale. */
  | { readonly kind: 'twins'; readonly tenant: string; readonly marks: readonly Marks[] }
  | {
      readonly kind: 'call';
      /** `entry`, or `entry with a source`: that may load. */
      readonly what: string;
      readonly ms: number;
      readonly error?: string;
    }
  | WriteEvent
  /** About to be written back; without an `acknowledged` it may have been or not. */
  | { readonly kind: 'attempt'; readonly tenant: string; readonly config: string; readonly stamp: string }
  | {
      readonly kind: 'acknowledged';
      readonly tenant: string;
      readonly config: string;
      readonly stamp: string;
      readonly version: number;
    }
  | {
      readonly kind: 'published';
      readonly tenant: string;
      readonly addresses: readonly string[];
      readonly version: number;
    }
  /** A loader has written: so many scopes. */
  | { readonly kind: 'imported'; readonly transactions: number }
  | { readonly kind: 'status'; readonly state: string; readonly why: string }
  | { readonly kind: 'warning'; readonly text: string }
  /** By the run itself. `lostBefore`: Redis may have forgotten what it knew then, or later. */
  | { readonly kind: 'fault'; readonly text: string; readonly lostData?: boolean }
  /** From now on these readers hear nothing, until `reachable`. */
  | { readonly kind: 'unreachable'; readonly readers: readonly string[] }
  | { readonly kind: 'reachable'; readonly readers: readonly string[] }
);

export interface WriteEvent {
  readonly kind: 'write';
  readonly what: string;
  readonly stamp: string;
  readonly outcome: 'committed' | 'rolled-back' | 'failed';
  /** Without the time in which the process could not run. */
  readonly ms: number;
  /** From the last commit in it to its end. */
  readonly afterCommitMs: number | undefined;
  readonly error?: { readonly code: string; readonly text: string };
}

export type EventOf<K extends HistoryEvent['kind']> = Extract<HistoryEvent, { kind: K }>;
