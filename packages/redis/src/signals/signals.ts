import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Tenant } from '@tenantry/protocol';

// What the packages tell whoever listens, by `node:diagnostics_channel`. A signal costs nothing while nobody listens: nothing is made for it.
// None has a value or a secret in it. Channels are found by their names, so that two copies of a package share them.

/** Rows are about to be put into the outbox. */
export interface OutboxSignal {
  readonly transactionId: string;
  readonly changes: number;
  /** A listener that traces sets it: the W3C `traceparent` of the commit. It travels with the change, to other processes too. */
  trace?: string | undefined;
}

/** A transaction with changes was committed. */
export interface CommitSignal {
  readonly transactionId: string;
  /** Undefined: only the outbox tells. */
  readonly changes: number | undefined;
}

/** Records are brought into Redis: told at the beginning (`publishing`) and once more at the end (`publish`), the same object. */
export interface PublishSignal {
  readonly by: 'commit' | 'relay';
  /** The `traceparent` of each commit that is known to be traced. */
  readonly traces: readonly string[];
  /** A listener that traces sets it at the beginning: readers get it with the feed. */
  trace?: string | undefined;
  /** At the end: the records, and whether Redis had something as new already. */
  records: readonly { readonly definition: string; readonly tenant: Tenant; readonly applied: boolean }[];
  /** From the commit, or from the claim of a relay. */
  ms: number;
  /** Why some could not be published, where that is so. */
  code?: string | undefined;
}

/** Committed changes were left to the relay, because Redis or the database did not take part in time. */
export interface DeferSignal {
  readonly changes: number;
  readonly code: string;
}

/** A relay looked for changes that are due. */
export interface RelaySignal {
  readonly published: number;
  readonly more: boolean;
  readonly ms: number;
  readonly code?: string | undefined;
}

/** Redis was filled with all tables. */
export interface FillSignal {
  readonly rows: number;
  readonly ms: number;
}

/** Redis was compared with the tables. */
export interface AuditSignal {
  /** How many findings there were of each kind. */
  readonly found: Readonly<Record<string, number>>;
  readonly repaired: number;
  readonly left: number;
  readonly waiting: number;
  readonly complete: boolean;
  readonly ms: number;
}

/** Values that were written to Redis first were brought into the database. */
export interface WriteBackSignal {
  /** Undefined where a flush of all failed. */
  readonly tenant: Tenant | undefined;
  readonly flushed: number;
  readonly ms: number;
  readonly code?: string | undefined;
}

/** A change (`row`) or a write-back (`letter`) was given up on. */
export interface DeadSignal {
  readonly what: 'row' | 'letter';
  /** The definition, or the config. */
  readonly name: string;
}

/** A reader took a message of a feed into its memory. */
export interface ApplySignal {
  readonly tenant: Tenant;
  readonly epoch: string;
  readonly seq: number;
  readonly changes: number;
  /** The longest that one of its values took from the commit to here; undefined: it brought none that memory holds. */
  readonly lagMs: number | undefined;
  /** The `traceparent` of its publish, where that is traced. */
  readonly trace: string | undefined;
}

/** A feed was read on after messages that were missed (`gap`), or begun anew (`resync`). */
export interface FeedSignal {
  readonly tenant: Tenant;
}

/** Memory was not as Redis, and is now. */
export interface RepairSignal {
  readonly tenant: Tenant;
  readonly by: 'resync' | 'sweep';
  readonly found: number;
}

/** What each channel tells. */
export interface Signals {
  readonly outbox: OutboxSignal;
  readonly commit: CommitSignal;
  readonly publishing: PublishSignal;
  readonly publish: PublishSignal;
  readonly defer: DeferSignal;
  readonly relay: RelaySignal;
  readonly fill: FillSignal;
  readonly audit: AuditSignal;
  readonly 'write-back': WriteBackSignal;
  readonly dead: DeadSignal;
  readonly apply: ApplySignal;
  readonly gap: FeedSignal;
  readonly resync: FeedSignal;
  readonly repair: RepairSignal;
}

/** One channel. Look at `hasSubscribers` before anything is made for it. */
export interface Signal<T> {
  readonly hasSubscribers: boolean;
  publish(message: T): void;
}

const named = <N extends keyof Signals>(name: N): Signal<Signals[N]> => channel(`tenantry:${name}`);

/** The channels, by what they tell: `tenantry:commit` is `signals.commit`. */
export const signals: { readonly [N in keyof Signals]: Signal<Signals[N]> } = Object.freeze({
  outbox: named('outbox'),
  commit: named('commit'),
  publishing: named('publishing'),
  publish: named('publish'),
  defer: named('defer'),
  relay: named('relay'),
  fill: named('fill'),
  audit: named('audit'),
  'write-back': named('write-back'),
  dead: named('dead'),
  apply: named('apply'),
  gap: named('gap'),
  resync: named('resync'),
  repair: named('repair'),
});

/** Hears these channels until the function that it answers with is called. A listener must be quick, and must not throw. */
export function hear(listeners: { readonly [N in keyof Signals]?: (message: Signals[N]) => void }): () => void {
  const heard = Object.entries(listeners).map(([name, listener]) => {
    const onMessage = (message: unknown) => (listener as (message: unknown) => void)(message);
    subscribe(`tenantry:${name}`, onMessage);
    return () => unsubscribe(`tenantry:${name}`, onMessage);
  });
  return () => {
    for (const end of heard) end();
  };
}
