import { AsyncLocalStorage, createHook } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';

/** The timers that a library has set in what a test does, and that have neither come nor been cleared. */
export interface LibraryTimers {
  /** What this does, and what comes of it, is watched. The process also has the timers of other files, and of the test runner. */
  watch<T>(test: () => Promise<T>): Promise<T>;
  /** Who set each of them. After turns of the event loop, and no time: what was cleared is gone by then, and no timer comes. */
  pending(): Promise<readonly string[]>;
}

/** `library`: its folder below `node_modules`. */
export function timersOf(library: string): LibraryTimers {
  const here = new AsyncLocalStorage<true>();
  const timers = new Map<number, string>();
  const hook = createHook({
    init(id, type) {
      const { stack = '' } = type === 'Timeout' && here.getStore() ? new Error() : {};
      if (stack.includes(`/node_modules/${library}/`)) timers.set(id, stack);
    },
    destroy: id => void timers.delete(id),
  });
  return {
    async watch(test) {
      hook.enable();
      try {
        return await here.run(true, test);
      } finally {
        hook.disable();
        timers.clear();
      }
    },
    async pending() {
      for (let i = 0; i < 20; i++) await turn();
      return [...timers.values()];
    },
  };
}
