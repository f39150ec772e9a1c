import { BUSY_MS, eventually, startFaultProxy } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { configPut, limits } from '../published-configs.fixture.ts';
import { startWorld, type World } from '../world.fixture.ts';

const SWAPS = 50;

/** Connections to Redis, whose names its server knows: it says which of them are open. */
class ConnectionLab {
  readonly url: string;
  readonly opened: string[] = [];
  readonly closing = new Set<Redis>();
  readonly #world: World;

  constructor(world: World, url = world.redisUrl) {
    this.#world = world;
    this.url = url;
  }

  readonly open = async ({ most }: { readonly most: number }, url = this.url): Promise<Redis> => {
    const connectionName = `${this.#world.prefix}-${most}`;
    this.opened.push(connectionName);
    const redis = new Redis(url, { connectionName, lazyConnect: true, enableReadyCheck: false });
    redis.on('error', () => undefined);
    await redis.connect();
    return redis;
  };

  readonly close = async (redis: Redis): Promise<void> => {
    this.closing.add(redis);
    // It takes a while, in which a caller might come.
    for (let trip = 0; trip < 3; trip++) await this.#world.redis.ping();
    redis.disconnect();
  };

  /** What the server says of them. */
  async present(): Promise<string[]> {
    const list = String(await this.#world.redis.client('LIST'));
    const names = [...list.matchAll(/ name=(\S+)/g)].map(([, name = '']) => name);
    return names.filter(name => name.startsWith(`${this.#world.prefix}-`));
  }

  name(most: number): string {
    return `${this.#world.prefix}-${most}`;
  }
}

// L12
it('a resource is swapped 50 times under load: each call has one from begin to end, none fails, and one is left', async () => {
  await using world = startWorld();
  const lab = new ConnectionLab(world);
  await world.apply('acme', configPut(limits, 1, { most: 1 }));
  const client = await world.client();
  const connection = client.tenant('acme').useResource(limits, { open: value => lab.open(value), close: lab.close });
  const call = () =>
    connection.use(async redis => {
      expect(lab.closing.has(redis)).toBe(false);
      const name = await redis.client('GETNAME');
      for (let trip = 0; trip < 3; trip++) await redis.ping();
      expect(await redis.client('GETNAME')).toBe(name);
      expect(lab.closing.has(redis)).toBe(false);
    });
  await call();
  let goesOn = true;
  const calls = Array.from({ length: 8 }, () => 0);
  const callers = calls.map(async (_, i) => {
    for (; goesOn; calls[i] = (calls[i] as number) + 1) await call();
  });
  for (let most = 2; most <= SWAPS + 1; most++) {
    await world.apply('acme', configPut(limits, most, { most }));
    // Each caller has called since the swap before.
    await eventually(() => expect([connection.opened, Math.min(...calls) >= most - 1]).toEqual([most, true]));
  }
  goesOn = false;
  await Promise.all(callers);
  // None was opened again, also not by a call that came while it was closed.
  expect(lab.opened).toEqual(Array.from({ length: SWAPS + 1 }, (_, i) => lab.name(i + 1)));
  await eventually(async () => expect(await lab.present()).toEqual([lab.name(SWAPS + 1)]));
  await client.close();
  await eventually(async () => expect(await lab.present()).toEqual([]));
});

// L14
it('a client that is closed while a new resource is checked closes that and the one before within its budget', async () => {
  await using world = startWorld();
  await using lab = await slowWorld(world);
  await lab.first();
  const checking = Promise.withResolvers<void>();
  lab.isChecked = redis => {
    checking.resolve();
    lab.proxy.set('stall');
    return redis.ping();
  };
  await lab.swap();
  await checking.promise;
  await eventually(async () => expect(await lab.present()).toEqual([lab.name(1), lab.name(2)]));
  const began = performance.now();
  await lab.client.close();
  expect(performance.now() - began).toBeLessThan(2 * lab.closeTimeoutMs + BUSY_MS);
  lab.proxy.set('pass');
  await eventually(async () => expect(await lab.present()).toEqual([]));
});

// L14
it('a client that is closed while a new resource is opened closes the one before within its budget, and the new one as soon as it is there', async () => {
  await using world = startWorld();
  await using lab = await slowWorld(world);
  await lab.first();
  lab.proxy.set('stall');
  await lab.swap();
  await eventually(() => expect(lab.opened).toHaveLength(2));
  // A call that does not end until its connection does.
  const call = lab.connection.use(redis => redis.blpop(`${world.prefix}-nothing`, 0));
  call.catch(() => undefined);
  const began = performance.now();
  await lab.client.close();
  expect(performance.now() - began).toBeLessThan(3 * lab.closeTimeoutMs + BUSY_MS);
  await expect(call).rejects.toThrow('Connection is closed');
  await eventually(async () => expect(await lab.present()).toEqual([]));
  lab.proxy.set('pass');
  await eventually(() => expect(lab.closing.size).toBe(2));
  await eventually(async () => expect(await lab.present()).toEqual([]));
});

/** The first connection is a direct one, those after it go through a proxy. */
async function slowWorld(world: World) {
  const { hostname: host, port } = new URL(world.redisUrl);
  const proxy = await startFaultProxy({ target: { host, port: Number(port) } });
  const client = await world.client();
  const closeTimeoutMs = 200;
  const lab = Object.assign(new ConnectionLab(world), {
    proxy,
    client,
    closeTimeoutMs,
    isChecked: (redis: Redis): Promise<unknown> => redis.ping(),
    async first() {
      await world.apply('acme', configPut(limits, 1, { most: 1 }));
      expect(await connection.use(redis => redis.client('GETNAME'))).toBe(lab.name(1));
    },
    swap: () => world.apply('acme', configPut(limits, 2, { most: 2 })),
    async [Symbol.asyncDispose]() {
      await client.close();
      await proxy.close();
    },
  });
  const connection = client.tenant('acme').useResource(limits, {
    open: value => lab.open(value, value.most === 1 ? lab.url : `redis://${proxy.host}:${proxy.port}`),
    check: redis => lab.isChecked(redis),
    close: lab.close,
    openTimeoutMs: 60_000,
    closeTimeoutMs,
  });
  return Object.assign(lab, { connection });
}
