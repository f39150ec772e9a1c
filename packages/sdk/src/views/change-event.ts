import type { ChangeOp } from '@tenantry/protocol/wire';

/** A place in a tenant's feed. Plain data: it can be kept as JSON, and `changes$` can go on from there. */
export interface ChangePosition {
  /** The life of the feed. */
  readonly epoch: string;
  /** Counts the messages of that life. */
  readonly seq: number;
  /** Tells two messages apart that a Redis that went back gave the same number. May be left out in `from`. */
  readonly tag?: string | undefined;
}

/** What became of one record. */
export interface RecordChanged {
  readonly op: ChangeOp;
  /** The record's name: `<definition>:<id>`, or a config's address. */
  readonly record: string;
  readonly version: number;
  /** The addresses of the record after the change: those of its refs. None after a delete. */
  readonly addresses: readonly string[];
}

/** What `changes$` emits. Each has the position from which a later `changes$` can go on. */
export type ChangeEvent =
  /** From here on every change is told. The first event, where nothing is missing before it. */
  | { readonly kind: 'start'; readonly position: ChangePosition }
  /** The changes of one transaction, or of several that were published together. */
  | { readonly kind: 'changes'; readonly position: ChangePosition; readonly changes: readonly RecordChanged[] }
  /** Changes before this position are missing: whatever was built from the changes must be built anew. */
  | { readonly kind: 'gap'; readonly position: ChangePosition; readonly why: string; readonly dropped?: number };

/** Options of `changes$`. */
export interface ChangesOptions {
  /** The position of the last event that was dealt with. Default: begin with what happens from now on. */
  readonly from?: ChangePosition | undefined;
  /** How many events wait for a `for await` that is slow. Where there are more, the oldest are dropped, and a `gap` says how many. Default 1,024. */
  readonly bufferSize?: number | undefined;
}
