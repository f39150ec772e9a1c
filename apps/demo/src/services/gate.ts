// A service that lets each caller in so often; how often is a config.
import { setTimeout as pause } from 'node:timers/promises';
import { callLimits } from '../definitions/service-configs.ts';
import { type Counters, createLimiter } from './create-limiter.ts';
import { startService } from './start-service.ts';

// Beside the limiters: the next one goes on counting where the one before was.
const counters: Counters = new Map();

await startService({
  name: 'gate',
  config: callLimits,
  resource: () => ({ open: limits => createLimiter(limits, counters) }),
  async answer(limiter, query) {
    const counted = limiter(query.get('caller') ?? '', Date.now());
    // The work behind the gate.
    await pause(20);
    return counted;
  },
});
