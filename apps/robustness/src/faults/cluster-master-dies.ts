import { eventually } from '@tenantry/testing';
import type { Redis } from 'ioredis';
import { replicaIsInStep } from '../world/replica-is-in-step.ts';
import type { Fault } from './fault.ts';

export const clusterMasterDies: Fault = {
  name: 'cluster-master-dies',
  about: 'a master of the Cluster dies under write and its replica takes over',
  topology: 'cluster',
  async strike(world) {
    const masters = await world.redis.masters();
    const victim = world.random.pick(masters);
    const { port } = victim.options;
    for (const each of masters) each.disconnect();
    const server = world.redis.servers.find(each => each.port === port);
    await server?.kill();
    // Replication is asynchronous: what the master acknowledged last may not have reached the replica.
    world.note('a master is dead', true);
    await eventually(
      async () => {
        const now = await world.redis.masters();
        const states = await Promise.all(now.map(redis => stateOf(redis)));
        for (const each of now) each.disconnect();
        return now.length === masters.length && states.every(state => state);
      },
      { timeoutMs: 30_000, intervalMs: 200, message: 'the replica to take over' },
    );
    world.note('its replica has taken over');
    await server?.start();
    if (server) await replicaIsInStep(server);
    await world.let(500);
  },
};

async function stateOf(redis: Redis): Promise<boolean> {
  return String(await redis.call('CLUSTER', 'INFO')).includes('cluster_state:ok');
}
