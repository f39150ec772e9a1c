import type { Redis } from 'ioredis';

/** A call to Redis that waits to be let on. */
export interface HeldCall {
  readonly reached: Promise<void>;
  release(): void;
}

/** Holds the next read of dirty values, with what it has read. */
export function holdNextScan(redis: Redis): HeldCall {
  return holdNext(redis, 'hscanBuffer', () => true, 'after');
}

/** Holds the next script that ends, fails or revives dirty values, before it runs. */
export function holdNextSettle(redis: Redis): HeldCall {
  const isSettle = (args: readonly unknown[]) =>
    Array.isArray(args[1]) && args[1].some(arg => typeof arg === 'string' && arg.endsWith(':dirty'));
  return holdNext(redis, 'call', isSettle, 'before');
}

function holdNext(
  redis: Redis,
  method: 'hscanBuffer' | 'call',
  matches: (args: readonly unknown[]) => boolean,
  when: 'before' | 'after',
): HeldCall {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const target = redis as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  const original = target[method] as (...args: unknown[]) => Promise<unknown>;
  target[method] = async (...args) => {
    if (!matches(args)) return original.apply(redis, args);
    target[method] = original;
    const answer = when === 'after' ? await original.apply(redis, args) : undefined;
    reached.resolve();
    await released.promise;
    return when === 'after' ? answer : original.apply(redis, args);
  };
  return { reached: reached.promise, release: released.resolve };
}
