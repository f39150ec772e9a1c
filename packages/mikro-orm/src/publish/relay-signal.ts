import type { TenantryError } from '@tenantry/protocol';
import { signals } from '@tenantry/redis';
import type { RelayResult } from './relay.ts';

/** Tells what a run of the relay did, where somebody listens. Its errors are without values by then. */
export async function tellingRelay(run: () => Promise<RelayResult>): Promise<RelayResult> {
  if (!signals.relay.hasSubscribers) return run();
  const startedAt = performance.now();
  try {
    const result = await run();
    signals.relay.publish({ ...result, ms: performance.now() - startedAt });
    return result;
  } catch (error) {
    const { code } = error as TenantryError;
    signals.relay.publish({ published: 0, more: false, ms: performance.now() - startedAt, code });
    throw error;
  }
}
