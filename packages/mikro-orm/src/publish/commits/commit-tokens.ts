import { AsyncLocalStorage } from 'node:async_hooks';
import { TenantryError } from '@tenantry/protocol';
import { refuseOption, withoutValues } from '@tenantry/protocol/internal';

/** The result of `withToken`. */
export interface WithToken<R> {
  /** What the work returned. */
  readonly result: R;
  /** Names the commits that the work made. A text without secrets, for `visible` of any process that has the database. */
  readonly token: string;
}

/** What some work has done with transactions so far. */
interface Scope {
  /** What this work is a part of. */
  readonly outer: Scope | undefined;
  readonly committed: Set<string>;
  /** Given changes, and neither committed nor rolled back. */
  readonly open: Set<string>;
  /** What the work started and did not wait for lives on in its flow, for as long as the process. */
  isOver: boolean;
  /** Why a commit of the work has no name. */
  unknown?: TenantryError;
}

/**
 * Knows the commits that some work makes. By the flow of calls and not by the entity manager: `em.transactional` commits by a fork of its
 * own, and the hooks do not tell of which entity manager it is a fork.
 */
export class CommitTokens {
  readonly #flow = new AsyncLocalStorage<Scope>();

  /** A transaction is about to get changes. */
  enlisted(transactionId: string): void {
    for (const { open } of this.#scopes()) open.add(transactionId);
  }

  rolledBack(transactionId: string): void {
    for (const { open } of this.#scopes()) open.delete(transactionId);
  }

  committed(transactionId: string): void {
    for (const { open, committed } of this.#scopes()) {
      open.delete(transactionId);
      committed.add(transactionId);
    }
  }

  /** Something is committed, and its transaction could not be found out. */
  unknown(error: unknown): void {
    for (const scope of this.#scopes())
      scope.unknown ??= withoutValues(error, 'Looking for the transaction of an upsert');
  }

  async withToken<R>(work: () => R | Promise<R>): Promise<WithToken<R>> {
    const outer = this.#flow.getStore();
    const scope: Scope = { outer, committed: new Set(), open: new Set(), isOver: false };
    let result: R;
    try {
      result = await this.#flow.run(scope, work);
    } finally {
      scope.isOver = true;
    }
    // A wait for what is not committed yet would find nothing to wait for.
    if (scope.open.size > 0) throw stillOpen();
    if (scope.unknown) throw scope.unknown;
    return { result, token: encodeToken([...scope.committed]) };
  }

  /** An outer work may wait for what an inner one did not. */
  *#scopes(): Iterable<Scope> {
    for (let scope = this.#flow.getStore(); scope; scope = scope.outer) if (!scope.isOver) yield scope;
  }
}

function stillOpen(): TenantryError {
  return new TenantryError(
    'NOT_ATOMIC',
    'The work of `withToken` changed replicated rows in a transaction that is not over: it is not committed, so no token can name it. Call `withToken` around the whole transaction: `withToken(() => em.transactional(…))`.',
  );
}

function encodeToken(transactionIds: readonly string[]): string {
  return Buffer.from(JSON.stringify(transactionIds)).toString('base64url');
}

/** The transactions that a token names. `INVALID_OPTION` for any other text. */
export function decodeToken(token: unknown): readonly string[] {
  const ids = typeof token === 'string' ? parsed(Buffer.from(token, 'base64url').toString()) : undefined;
  if (Array.isArray(ids) && ids.every(id => typeof id === 'string')) return ids;
  return refuseOption('token', 'the `token` of `withToken`', token);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
