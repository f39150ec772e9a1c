import type { Redis } from 'ioredis';

/** Keeps Redis's replies to reads back, so that a test decides what overtakes them. */
export interface HeldReplies {
  /** Replies that Redis gave and their reader has not yet got. */
  readonly waiting: number;
  /** From here on replies are kept back. */
  hold(): void;
  /** From here on none are kept back; those that wait go on waiting. */
  pass(): void;
  /** Hands over the oldest that waits. */
  letOne(): void;
  /** Hands over all, and keeps none back any more. */
  letGo(): void;
}

/** Decorates a connection: the reads of the replica are its only transactions. */
export function holdReplies(redis: Redis): HeldReplies {
  const waiting: (() => void)[] = [];
  let holding = false;
  const multi = redis.multi.bind(redis);
  redis.multi = ((...args: Parameters<typeof multi>) => {
    const transaction = multi(...args) as ReturnType<Redis['multi']>;
    const exec = transaction.exec.bind(transaction);
    transaction.exec = async () => {
      const reply = await exec();
      if (holding) await new Promise<void>(resolve => waiting.push(resolve));
      return reply;
    };
    return transaction;
  }) as typeof redis.multi;
  return {
    get waiting() {
      return waiting.length;
    },
    hold() {
      holding = true;
    },
    pass() {
      holding = false;
    },
    letOne: () => waiting.shift()?.(),
    letGo() {
      holding = false;
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}
