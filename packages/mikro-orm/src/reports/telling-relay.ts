import type { TenantryError } from '@tenantry/protocol';
import { type RelaySignal, signals } from '@tenantry/redis';

/** Tells what a run of the relay did, where somebody listens. Its errors are without values by then. */
export async function tellingRelay<R extends Pick<RelaySignal, 'published' | 'more'>>(
  run: () => Promise<R>,
): Promise<R> {
  if (!signals.relay.hasSubscribers) return run();
  const startedAt = performance.now();
  try {
    const result = await run();
    const { published, more } = result;
    signals.relay.publish({ published, more, ms: performance.now() - startedAt });
    return result;
  } catch (error) {
    const { code } = error as TenantryError;
    signals.relay.publish({ published: 0, more: false, ms: performance.now() - startedAt, code });
    throw error;
  }
}
