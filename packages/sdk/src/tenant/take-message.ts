import type { FeedMessage } from '@tenantry/protocol/wire';
import { signals } from '@tenantry/redis';
import { applyMessage } from '../admission/apply-message.ts';
import type { Slot } from '../memory/slot.ts';
import type { TenantMemory } from '../memory/tenant-memory.ts';
import type { ReadParts } from '../reads/read-parts.ts';

/** Takes a message of the feed into memory, and counts and reports what came of it. Answers with the slots that it was about. */
export function takeMessage(memory: TenantMemory, message: FeedMessage, parts: ReadParts): Iterable<Slot> {
  const { open, counters, lag, report, now } = parts;
  const { touched, taken, troubles } = applyMessage(memory, message, open, now);
  counters.undecodable += troubles.length;
  for (const trouble of troubles) report(trouble);
  for (const { shown } of taken) lag.count(now() - shown.updatedAt);
  if (signals.apply.hasSubscribers) tell(memory, message, taken, now);
  return touched;
}

function tell(memory: TenantMemory, message: FeedMessage, taken: readonly Slot[], now: () => number): void {
  const { epoch, seq, changes } = message;
  const lagMs = taken.length === 0 ? undefined : Math.max(0, ...taken.map(({ shown }) => now() - shown.updatedAt));
  const tenant = memory.tenant;
  signals.apply.publish({ tenant, epoch, seq, changes: changes.length, lagMs, trace: changes[0]?.trace });
}
