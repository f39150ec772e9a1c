import { eventually, startRedisServer } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Client } from '../create-client.ts';
import type { Entry } from '../memory/entry.ts';
import { type Plan, planById, planPut, startWorld, type World } from '../world.fixture.ts';

// G3: what a reader has shown, it has shown, also where it does not remember it.
describe.each([
  ['let go', true],
  ['only no longer followed', false],
])('a tenant that was %s', (_, isLetGo) => {
  it.each([
    ['', 0],
    [', and has counted on', 3],
  ])('is stale where Redis went back meanwhile%s, until it is repaired', async (_, more) => {
    await using world = startWorld();
    await fill(world, 1);
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    const goBack = await snapshot(world);
    for (const version of [2, 3]) await world.apply('acme', planPut({ id: 1, version, seats: version }));
    const client = await world.client({ maxTenants: 1 });
    await watchUntil(client, { version: 3, stale: false });
    await leave(client, isLetGo);
    await goBack();
    for (let i = 0; i < more; i++) await world.apply('acme', planPut({ id: 2, version: 4 + i }));

    // Left and followed anew, it is no better.
    for (let i = 0; i < 2; i++) {
      await watchUntil(client, { version: isLetGo ? 1 : 3, stale: true }, 'Redis lost its last moments');
      await leave(client, isLetGo);
    }
    await world.apply('acme', planPut({ id: 1, version: 3, seats: 3 }));
    expect(await world.replica.completeRepair(9)).toBe(true);
    await watchUntil(client, { version: 3, stale: false });
  });

  it('is stale where Redis lost everything meanwhile, until it is filled', async () => {
    await using world = startWorld();
    await fill(world, 1);
    await world.apply('acme', planPut({ id: 1, version: 3, seats: 3 }));
    const client = await world.client({ maxTenants: 1 });
    await watchUntil(client, { version: 3, stale: false });
    await leave(client, isLetGo);
    await world.redis.del(await world.redis.keys(`${world.prefix}:*`));
    await watchUntil(client, undefined, 'Redis lost its data');
    await leave(client, isLetGo);
    await fill(world, 9, () => world.apply('acme', planPut({ id: 1, version: 3, seats: 3 })));
    await watchUntil(client, { version: 3, stale: false });
  });

  it('is fresh where Redis only went on, however far', async () => {
    await using world = startWorld(undefined, 10);
    const client = await world.client({ maxTenants: 1 });
    let version = 0;
    for (const more of [1, 0, 1, 300]) {
      for (let i = 0; i < more; i++) await world.apply('acme', planPut({ id: 1, version: ++version, seats: version }));
      await watchUntil(client, { version, stale: false });
      await leave(client, isLetGo);
    }
  });
});

/** Watches until there is such an entry, and until the status says why it cannot be trusted. */
async function watchUntil(
  client: Client,
  entry: Partial<Entry<Plan>> | undefined,
  why = 'all that is in use',
): Promise<void> {
  let last: Entry<Plan> | undefined;
  const watching = client
    .tenant('acme')
    .watchEntry(planById(1))
    .subscribe(next => {
      last = next;
    });
  await eventually(async () => expect((await firstValueFrom(client.status$)).why).toContain(why));
  if (entry) await eventually(() => expect(last).toMatchObject(entry));
  watching.unsubscribe();
}

/** Nobody watches acme any more. It is let go where another tenant takes the only place. */
async function leave(client: Client, isLetGo: boolean): Promise<void> {
  await eventually(() => expect(client.stats().watched).toBe(0));
  let others = 0;
  await eventually(async () => {
    // A reply for acme may still be on its way.
    if (isLetGo) await client.tenant(`other-${others++}`).get(planById(1));
    expect(client.stats()).toMatchObject({ followed: isLetGo ? 1 : 0, tenants: 2 });
  });
}

async function fill(world: World, fillId: number, publish = async (): Promise<unknown> => undefined): Promise<void> {
  const token = (await world.replica.beginFill()) as string;
  await publish();
  expect(await world.replica.completeFill(token, fillId)).toBe(true);
}

/** All that Redis has of the tenant now, to go back to. */
async function snapshot(world: World): Promise<() => Promise<void>> {
  const names = () => world.redis.keys(`${world.prefix}:{acme}*`);
  const kept = await Promise.all(
    (await names()).map(async name => [name, await world.redis.dumpBuffer(name)] as const),
  );
  return async () => {
    const all = world.redis.multi().del(await names());
    for (const [name, dump] of kept) all.restore(name, 0, dump as Buffer);
    await all.exec();
  };
}

// G7: a value of before the feed was live was seen, too.
it('what was read while the feed could not be opened is stale, and not absent, where Redis has lost everything by then', async () => {
  await using server = await startRedisServer();
  await using world = startWorld(server.url);
  const acl = (...rights: string[]) => world.redis.call('ACL', 'SETUSER', 'deaf', ...rights);
  await fill(world, 1);
  await world.apply('acme', planPut({ id: 1, version: 3, seats: 3 }));
  await acl('on', 'nopass', '~*', '+@all', 'resetchannels');
  const redis = new Redis(server.port, { username: 'deaf', password: 'any' });
  await using opened = new AsyncDisposableStack();
  opened.defer(() => redis.disconnect());
  const client = await world.client({ redis });
  const acme = client.tenant('acme');
  expect(await acme.entry(planById(1))).toMatchObject({ version: 3, stale: true });
  await world.redis.flushall();
  await acl('allchannels');
  await watchUntil(client, { version: 3, stale: true }, 'Redis lost its data');
  expect(await acme.entry(planById(1))).toMatchObject({ version: 3, stale: true });
  await fill(world, 9, () => world.apply('acme', planPut({ id: 1, version: 3, seats: 3 })));
  await watchUntil(client, { version: 3, stale: false });
});
