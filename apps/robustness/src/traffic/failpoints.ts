import type { EventSubscriber } from '@mikro-orm/core';
import { Redis } from 'ioredis';

/**
 * A moment between two effects of the write side. All its effects go over two wires, Redis's and the database's, which
 * an application hands in: so the failpoints sit on the wires, and our own code knows nothing of them.
 */
export type Failpoint =
  | 'before-commit'
  | 'after-commit'
  | 'before-script'
  | 'after-script'
  | 'before-acknowledge'
  | 'before-claim'
  | 'after-claim';

export const WRITER_FAILPOINTS: readonly Failpoint[] = [
  'before-commit',
  'after-commit',
  'before-script',
  'after-script',
  'before-acknowledge',
];
/** Commits of a worker are those of its claims and flushes. */
export const WORKER_FAILPOINTS: readonly Failpoint[] = [
  'before-claim',
  'after-claim',
  'before-commit',
  'after-commit',
  'before-script',
  'after-script',
  'before-acknowledge',
];

/** Dies at the `nth` time it comes by. */
export interface ArmedFailpoint {
  readonly at: Failpoint;
  readonly nth: number;
}

/** The failpoints of this process: at most one is armed, and it is deadly. */
export class Failpoints implements EventSubscriber {
  #armed: ArmedFailpoint | undefined;
  #passed = 0;

  constructor() {
    this.#watchRedis();
  }

  arm(failpoint: ArmedFailpoint): void {
    this.#armed = failpoint;
    this.#passed = 0;
  }

  /** For MikroORM's `onQuery`. */
  readonly onQuery = (sql: string): string => {
    if (/^delete from .?tenantry_outbox/i.test(sql)) this.#pass('before-acknowledge');
    if (/^update tenantry_outbox set available_at/i.test(sql)) this.#pass('before-claim');
    // Right after its claim a relay reads the transactions it has claimed.
    if (/^select .* from .?tenantry_outbox.? .*transaction_id/is.test(sql)) this.#pass('after-claim');
    return sql;
  };

  beforeTransactionCommit(): void {
    this.#pass('before-commit');
  }

  /** Registered before the extension's, so that nothing is published yet. */
  afterTransactionCommit(): void {
    this.#pass('after-commit');
  }

  #pass(at: Failpoint): void {
    if (this.#armed?.at !== at || ++this.#passed < this.#armed.nth) return;
    // At once: no handler of this process may tidy up.
    process.kill(process.pid, 'SIGKILL');
  }

  #watchRedis(): void {
    const pass = (at: Failpoint): void => this.#pass(at);
    const { sendCommand } = Redis.prototype;
    Redis.prototype.sendCommand = function (this: Redis, command, ...rest) {
      const isOurs = /^eval/i.test(command.name) && /:(records|dirty)$/.test(String(command.args[2]));
      if (!isOurs) return sendCommand.call(this, command, ...rest);
      pass('before-script');
      (command as unknown as { promise: Promise<unknown> }).promise.then(
        () => pass('after-script'),
        () => undefined,
      );
      return sendCommand.call(this, command, ...rest);
    };
  }
}
