import { AsyncLocalStorage } from 'node:async_hooks';
import { refuseOption } from '@tenantry/protocol/internal';

/** The result of `withToken`. */
export interface WithToken<R> {
  /** What the work returned. */
  readonly result: R;
  /** Names the commits that the work made. A text without secrets, for `visible` of any process that has the database. */
  readonly token: string;
}

/**
 * Knows the commits that some work makes. By the flow of calls and not by the entity manager: `em.transactional` commits by a fork of its
 * own, and the hooks do not tell of which entity manager it is a fork.
 */
export class CommitTokens {
  readonly #flow = new AsyncLocalStorage<Set<string>>();

  /** Every commit. */
  note(transactionId: string): void {
    this.#flow.getStore()?.add(transactionId);
  }

  async withToken<R>(work: () => R | Promise<R>): Promise<WithToken<R>> {
    const outer = this.#flow.getStore();
    const ids = new Set<string>();
    try {
      const result = await this.#flow.run(ids, work);
      return { result, token: encodeToken([...ids]) };
    } finally {
      for (const id of ids) outer?.add(id);
    }
  }
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
