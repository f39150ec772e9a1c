import type { FaultMode } from '@tenantry/testing';
import type { Fault } from './fault.ts';

/** Every way to Redis misbehaves for a while: long enough, half of the time, that memory has to say that it is stale. */
function network(name: string, mode: FaultMode, about: string): Fault {
  return {
    name,
    about,
    async strike(world) {
      const all = world.random.chance(0.5);
      const hit = world.processes.filter(({ role }) => all || role !== 'writer');
      await world.whileUnreachable(world.of('reader'), async () => {
        for (const { redisProxy } of hit) redisProxy?.set(mode);
        await world.let(world.random.chance(0.5) ? world.random.int(100, 1_500) : 5_500);
        // A connection that has lost bytes is dead: to go on with it is what no network does.
        const end = world.random.chance(0.5) ? 'cut' : 'halfOpen';
        for (const { redisProxy } of hit) {
          if (mode === 'silent' || mode === 'dropReplies') redisProxy?.[end]();
          redisProxy?.set('pass');
        }
      });
    },
  };
}

export const networkRefuse: Fault = network('network-refuse', 'refuse', 'Redis refuses connections');
export const networkStall: Fault = network(
  'network-stall',
  'stall',
  'the network holds everything back, then delivers it',
);
export const networkSilent: Fault = network('network-silent', 'silent', 'the network swallows what is sent to Redis');
export const networkDropReplies: Fault = network(
  'network-drop-replies',
  'dropReplies',
  'requests reach Redis, its replies are lost',
);
