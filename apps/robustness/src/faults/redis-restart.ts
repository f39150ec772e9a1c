import type { Fault } from './fault.ts';

/** Its append-only file is synced with every write, so it has everything when it is back. */
export const redisRestart: Fault = {
  name: 'redis-restart',
  about: 'Redis dies (-9) and comes back with its data',
  appendOnly: 'always',
  async strike(world) {
    const [server] = world.redis.servers;
    await world.whileUnreachable(world.of('reader'), async () => {
      await server?.kill();
      world.note('Redis is gone');
      await world.let(world.random.chance(0.5) ? 300 : 5_000);
    });
    await server?.start();
  },
};
