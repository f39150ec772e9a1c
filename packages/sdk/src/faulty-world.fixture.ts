import { type FaultProxy, startFaultProxy } from '@tenantry/testing';
import { startWorld, type World } from './world.fixture.ts';

/** A world whose clients reach Redis through a proxy; its writer does not. */
export async function startFaultyWorld(feedLength?: number) {
  const world = startWorld(undefined, feedLength);
  const { hostname: host, port } = new URL(world.redisUrl);
  const proxy = await startFaultProxy({ target: { host, port: Number(port) } });
  return {
    world,
    proxy,
    client: (options?: Parameters<World['client']>[0]) =>
      world.client({ redis: world.connect(proxy.port), ...options }),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await proxy.close();
    },
  };
}

/** Ends a fault. The proxy has swallowed bytes of these connections for good, which TCP never does: they cannot be used again. */
export async function heal(proxy: FaultProxy): Promise<void> {
  proxy.set('pass');
  proxy.cut();
}
