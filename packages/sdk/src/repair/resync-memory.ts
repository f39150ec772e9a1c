import { TenantryError } from '@tenantry/protocol';
import { signals } from '@tenantry/redis';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import { hottestFirst } from '../warmth/heat.ts';
import { type CompareParts, compareMemory } from './compare-memory.ts';

/**
 * Compares all of memory with Redis, the hottest first, because the feed has a gap or Redis was filled. Rejects where memory could not be
 * compared; the feed asks again then.
 */
export async function resyncMemory(memory: TenantMemory, parts: CompareParts): Promise<void> {
  const caughtUp: CompareParts['caughtUp'] = async (head, before) => {
    // During a resync the feed is not live and does not wait, but it still hands on the messages that Redis pushes.
    for (let pause = 1; pause <= parts.options.feedTimeoutMs; pause *= 2) {
      if (await parts.caughtUp(head, before)) return true;
      // A client may be closed meanwhile: it is not to keep the process.
      await new Promise(resolve => setTimeout(resolve, pause).unref());
    }
    return parts.caughtUp(head, before);
  };
  const found = await compareMemory(memory, hottestFirst(memory.slots.values(), memory), { ...parts, caughtUp });
  if (!found.compared)
    throw new TenantryError(
      'UNAVAILABLE',
      'The feed moved on while memory was compared with Redis. It is compared again.',
    );
  parts.counters.foundByResync += found.changed;
  if (found.changed > 0 && signals.repair.hasSubscribers)
    signals.repair.publish({ tenant: memory.tenant, by: 'resync', found: found.changed });
}
