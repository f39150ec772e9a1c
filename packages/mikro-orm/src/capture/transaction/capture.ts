import type { EntityManager } from '@mikro-orm/core';
import type { Dialect } from '../../database/dialect.ts';
import type { DefinitionRegistry } from '../../definitions/definition-registry.ts';
import type { RowChange } from '../../outbox/row-change.ts';
import type { TransactionEntry, TransactionWatch } from './transaction-log.ts';

/** What capture needs of its surroundings. */
export interface CaptureContext {
  readonly registry: DefinitionRegistry;
  readonly dialect: Dialect;
  readonly clock: () => number;
  /** Whether one outbox row may name many records. Not while many such rows wait: nothing finds one by its records but reading all of them. */
  writesLists(): boolean;
  /** Brings committed changes into Redis, when the option `publish` says; with a budget, at once. Must neither throw nor take longer than its budget. */
  publish(transactionId: string, changes: readonly RowChange[] | undefined, budgetMs?: number): Promise<boolean>;
  /** Knows of whom a token asks. `unknown`: something is committed, and its transaction could not be found out. */
  readonly tokens: TransactionWatch & { unknown(error: unknown): void };
  warn(message: string): void;
}

/** Puts changes into a transaction that no unit of work makes. */
export interface TransactionCapture {
  /**
   * Adds changes that were made without a unit of work, whose rows the open transaction has locked: they become
   * visible together with everything else it changes.
   */
  enlist(em: EntityManager, changes: readonly RowChange[]): Promise<TransactionEntry>;
  /** The changes of the open transaction that are known so far, also those that a savepoint took back: their rows are locked. */
  changesOf(em: EntityManager): readonly RowChange[];
}
