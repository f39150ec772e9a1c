import type { Fault } from './fault.ts';

export const redisRestartEmpty: Fault = {
  name: 'redis-restart-empty',
  about: 'Redis dies (-9) and comes back with nothing',
  appendOnly: 'no',
  async strike(world) {
    const [server] = world.redis.servers;
    await world.whileUnreachable(world.of('reader'), async () => {
      await server?.kill();
      await world.let(world.random.int(100, 2_000));
    });
    world.note('Redis is empty', true);
    await server?.start({ wipe: true });
  },
};
