import { eventually, freePort, type RedisServer, startRedisServer } from '@tenantry/testing';
import { Cluster, Redis } from 'ioredis';
import type { RedisPlace } from './redis-place.ts';

const MASTERS = 3;
const SLOTS = 16_384;

/** Three masters with a replica each, on loopback. */
export async function startClusterRedis(): Promise<RedisPlace> {
  const stack = new AsyncDisposableStack();
  const servers: RedisServer[] = [];
  const busPorts: number[] = [];
  for (let i = 0; i < 2 * MASTERS; i++) {
    // Not a port's usual +10000, which may be above the last there is.
    const busPort = await freePort();
    busPorts.push(busPort);
    const args = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort), '--cluster-node-timeout', '1500'];
    servers.push(stack.use(await startRedisServer({ appendOnly: 'everysec', args })));
  }
  const nodes = servers.map(({ host, port }) => ({ host, port }));
  const each = nodes.map(node => new Redis(node));
  stack.defer(() => {
    for (const redis of each) redis.disconnect();
  });
  for (const [i, redis] of each.entries()) {
    redis.on('error', () => undefined);
    const slotOf = (n: number): number => Math.floor((SLOTS * n) / MASTERS);
    if (i < MASTERS) await redis.call('CLUSTER', 'ADDSLOTSRANGE', slotOf(i), slotOf(i + 1) - 1);
    await redis.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
    for (let j = 0; j < i; j++) {
      const { host, port } = nodes[j] as (typeof nodes)[0];
      await redis.call('CLUSTER', 'MEET', host, port, busPorts[j] as number);
    }
  }
  const patience = { timeoutMs: 30_000, intervalMs: 100 };
  await eventually(async () => {
    const known = await Promise.all(each.map(redis => redis.call('CLUSTER', 'NODES')));
    return known.every(list => String(list).trim().split('\n').length === 2 * MASTERS);
  }, patience);
  for (let i = 0; i < MASTERS; i++) {
    const id = await each[i]?.call('CLUSTER', 'MYID');
    await eventually(
      async () => String(await each[MASTERS + i]?.call('CLUSTER', 'REPLICATE', String(id))) === 'OK',
      patience,
    );
  }
  await eventually(async () => {
    const states = await Promise.all(each.map(redis => redis.call('CLUSTER', 'INFO')));
    const links = await Promise.all(each.slice(MASTERS).map(redis => redis.info('replication')));
    return (
      states.every(state => String(state).includes('cluster_state:ok')) &&
      links.every(link => link.includes('master_link_status:up'))
    );
  }, patience);
  for (const redis of each) redis.disconnect();

  const connect = (): Cluster => {
    const cluster = new Cluster([...nodes], { clusterRetryStrategy: () => 100 });
    cluster.on('error', () => undefined);
    return cluster;
  };
  return {
    kind: 'cluster',
    servers,
    way: async () => ({ address: { kind: 'cluster', nodes }, proxy: undefined }),
    connect,
    async masters() {
      const found: Redis[] = [];
      for (const node of nodes) {
        const redis = new Redis({ ...node, lazyConnect: true, retryStrategy: () => null });
        redis.on('error', () => undefined);
        const role = await redis
          .connect()
          .then(() => redis.role())
          .catch(() => []);
        if (role[0] === 'master' && (await ownsSlots(redis))) found.push(redis);
        else redis.disconnect();
      }
      return found;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** One that was failed over comes back as a master until it hears of it. */
async function ownsSlots(redis: Redis): Promise<boolean> {
  const nodes = String(await redis.call('CLUSTER', 'NODES'));
  const own = nodes.split('\n').find(line => line.includes('myself'));
  return own !== undefined && own.split(' ').length > 8;
}
