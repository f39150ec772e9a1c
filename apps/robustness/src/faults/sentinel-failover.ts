import { eventually } from '@tenantry/testing';
import type { Redis } from 'ioredis';
import { replicaIsInStep } from '../world/replica-is-in-step.ts';
import type { Fault } from './fault.ts';

/** The replica lags, so it does not have what the dead master acknowledged last. */
export const sentinelFailover: Fault = {
  name: 'sentinel-failover',
  about: 'the master dies and Sentinel promotes a replica that lags',
  topology: 'sentinel',
  async strike(world) {
    const [redis] = await world.redis.masters();
    const port = await portOf(redis as Redis);
    redis?.disconnect();
    const master = world.redis.servers.find(server => server.port === port);
    const replica = world.redis.servers.find(server => server.port !== port);
    replica?.pause();
    await world.let(world.random.int(100, 700));
    await master?.kill();
    replica?.resume();
    world.note('the master is dead, its replica lags', true);
    await eventually(
      async () => {
        const next = world.redis.connect() as Redis;
        try {
          return (await portOf(next)) === replica?.port && (await next.role())[0] === 'master';
        } finally {
          next.disconnect();
        }
      },
      { timeoutMs: 20_000, intervalMs: 200, message: 'Sentinel to promote the replica' },
    );
    world.note('the replica is the master now');
    await master?.start();
    if (master) await replicaIsInStep(master);
    await world.let(500);
  },
};

/** Of whatever this connection has reached. */
async function portOf(redis: Redis): Promise<number> {
  return Number(/^tcp_port:(\d+)/m.exec(await redis.info('server'))?.[1]);
}
