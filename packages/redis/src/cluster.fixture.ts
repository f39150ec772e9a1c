import { spawnSync } from 'node:child_process';
import { eventually, freePort, type RedisServer, startRedisServer } from '@tenantry/testing';
import { Cluster, Redis } from 'ioredis';

/** Three masters on loopback. */
export interface TestCluster extends AsyncDisposable {
  readonly nodes: readonly RedisServer[];
  connect(): Cluster;
  /** Runs on each node by itself. */
  onEach<T>(run: (redis: Redis) => Promise<T>): Promise<T[]>;
}

/** Why there can be none here, or undefined. In a container its nodes could not tell each other where they are. */
export const noCluster = ['redis-server', 'valkey-server'].some(name => spawnSync(name, ['--version']).status === 0)
  ? undefined
  : 'redis-server is not installed';

const SLOTS = 16384;

export async function startCluster(masters = 3): Promise<TestCluster> {
  const nodes: RedisServer[] = [];
  const onEach: TestCluster['onEach'] = run =>
    Promise.all(
      nodes.map(async ({ host, port }) => {
        const redis = new Redis({ host, port });
        try {
          return await run(redis);
        } finally {
          redis.disconnect();
        }
      }),
    );
  // Not a port's usual +10000, which may be above the last there is.
  const busPorts: number[] = [];
  for (let i = 0; i < masters; i++) {
    const busPort = await freePort();
    busPorts.push(busPort);
    nodes.push(await startRedisServer({ args: ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)] }));
  }
  const slotOf = (i: number) => Math.floor((SLOTS * i) / masters);
  let turn = 0;
  await onEach(async redis => {
    const i = turn++;
    await redis.call('CLUSTER', 'ADDSLOTSRANGE', slotOf(i), slotOf(i + 1) - 1);
    await redis.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
    for (const [j, { host, port }] of nodes.entries())
      if (j < i) await redis.call('CLUSTER', 'MEET', host, port, busPorts[j] as number);
  });
  await eventually(
    async () => {
      const states = await onEach(async redis => `${await redis.call('CLUSTER', 'INFO')}`);
      const slots = await onEach(async redis => (await redis.call('CLUSTER', 'SLOTS')) as unknown[]);
      return (
        states.every(state => state.includes('cluster_state:ok')) && slots.every(({ length }) => length === masters)
      );
    },
    { timeoutMs: 20_000, message: 'the cluster to agree' },
  );
  return {
    nodes,
    onEach,
    connect: () => {
      const cluster = new Cluster(
        nodes.map(({ host, port }) => ({ host, port })),
        { clusterRetryStrategy: () => 50, redisOptions: { connectTimeout: 2_000 } },
      );
      cluster.on('error', () => undefined);
      return cluster;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.map(node => node.close()));
    },
  };
}
