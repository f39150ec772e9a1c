import { createReplica } from '@tenantry/redis';
import { eventually, startRedisServer } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { planById, planPut, startWorld } from '../world.fixture.ts';

// So many that the head of the last one is asked for after fifty heartbeats.
const TENANTS = Array.from({ length: 300 }, (_, i) => `tenant-${i}`);

it('what a writer changes that may not publish is found by the sweep, and then by the next heartbeat', async () => {
  await using server = await startRedisServer();
  await using world = startWorld(server.url);
  await world.redis.call('ACL', 'SETUSER', 'mute', 'on', 'nopass', '~*', '+@all', 'resetchannels');
  const mute = new Redis({ port: server.port, username: 'mute', password: 'any' });
  const writer = createReplica({ redis: mute, prefix: world.prefix });
  for (const tenant of TENANTS) await world.apply(tenant, planPut({ id: 1, version: 1, seats: 1 }));
  const client = await world.client({ heartbeatMs: 1_000, sweepMs: 500 });
  const seats = (tenant: string) => client.tenant(tenant).peek(planById(1))?.seats;
  for (const tenant of TENANTS) await client.tenant(tenant).get(planById(1));
  const [first, second] = [TENANTS.at(-1), TENANTS.at(-2)] as [string, string];
  await expect(writer.apply(first, [planPut({ id: 1, version: 2, seats: 2 })])).rejects.toThrow();
  await eventually(() => expect(seats(first)).toBe(2));
  await expect(writer.apply(second, [planPut({ id: 1, version: 2, seats: 2 })])).rejects.toThrow();
  await eventually(() => expect(seats(second)).toBe(2));
  expect(client.stats()).toMatchObject({ gaps: 2, resyncs: 0 });
  mute.disconnect();
});
