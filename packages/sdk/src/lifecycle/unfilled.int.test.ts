import { eventually, monitorCommands } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { feature } from '../published-configs.fixture.ts';
import { startWorld } from '../world.fixture.ts';

it('a client says once that nobody has filled its prefix, and again where Redis has lost everything', async () => {
  await using world = startWorld();
  const lines: string[] = [];
  const keep = (line: unknown) => void lines.push(String(line));
  const said = () => lines.filter(line => line.includes('not filled'));
  const client = await world.client({ logger: { warn: keep, error: keep } });
  await client.whenReady({ freshness: 'live', required: [{ tenant: 'acme', ref: feature }], timeoutMs: 30_000 });
  expect(said()).toEqual([expect.stringContaining(`under the prefix "${world.prefix}"`)]);
  const watching = client.tenant('acme').watch(feature).subscribe();
  const { fillState } = world.replica.names;
  // The answer to the first of two heartbeats was taken.
  const heartbeats = async () => {
    let asked = 0;
    const { hostname: host, port } = new URL(world.redisUrl);
    const monitor = await monitorCommands({ host, port: Number(port) }, ({ args: [name = '', key] }) => {
      if (name.toLowerCase() === 'get' && key === fillState) asked++;
    });
    await eventually(() => expect(asked).toBeGreaterThan(1)).finally(() => monitor.end());
  };
  await heartbeats();
  expect(said().length).toBe(1);
  const token = (await world.replica.beginFill()) as string;
  expect(await world.replica.completeFill(token, 1)).toBe(true);
  await heartbeats();
  await world.redis.del(fillState);
  await eventually(() => expect(said().length).toBe(2));
  watching.unsubscribe();
});

it('a client of a Redis that was filled says nothing', async () => {
  await using world = startWorld();
  const token = (await world.replica.beginFill()) as string;
  expect(await world.replica.completeFill(token, 1)).toBe(true);
  const lines: string[] = [];
  const keep = (line: unknown) => void lines.push(String(line));
  const client = await world.client({ logger: { warn: keep, error: keep } });
  await client.whenReady({ freshness: 'live', required: [{ tenant: 'acme', ref: feature }], timeoutMs: 30_000 });
  expect(lines.filter(line => line.includes('not filled'))).toEqual([]);
});
