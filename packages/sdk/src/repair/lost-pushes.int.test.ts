import { createReplica } from '@tenantry/redis';
import { eventually, monitorCommands, startRedisServer } from '@tenantry/testing';
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
  // A Redis that was never filled is asked for every head with each heartbeat.
  await world.replica.completeFill((await world.replica.beginFill()) as string, 1);
  for (const tenant of TENANTS) await world.apply(tenant, planPut({ id: 1, version: 1, seats: 1 }));
  const client = await world.client({ heartbeatMs: 500, sweepMs: 4_000 });
  const seats = (tenant: string) => client.tenant(tenant).peek(planById(1))?.seats;
  for (const tenant of TENANTS) await client.tenant(tenant).get(planById(1));
  const [first, second] = [TENANTS.at(-1), TENANTS.at(-2)] as [string, string];
  await expect(writer.apply(first, [planPut({ id: 1, version: 2, seats: 2 })])).rejects.toThrow();
  await eventually(() => expect(seats(first)).toBe(2));
  // The next sweep is eight heartbeats away.
  const { epoch, feed } = world.replica.names.of(second);
  const names = new Map([
    [`xadd ${feed}`, 'append'],
    [`get ${world.replica.names.fillState}`, 'beat'],
    [`hmget ${epoch}`, 'head'],
  ]);
  const events: (string | undefined)[] = [];
  const monitor = await monitorCommands(server, ({ args: [command = '', key] }) =>
    events.push(names.get(`${command.toLowerCase()} ${key}`)),
  );
  await expect(writer.apply(second, [planPut({ id: 1, version: 2, seats: 2 })])).rejects.toThrow();
  await eventually(() => expect(seats(second)).toBe(2));
  await monitor.caughtUp();
  const since = events.slice(events.indexOf('append'));
  expect(since.slice(0, since.indexOf('head')).filter(event => event === 'beat').length).toBeLessThanOrEqual(2);
  monitor.end();
  expect(client.stats()).toMatchObject({ gaps: 2, resyncs: 0 });
  mute.disconnect();
});
