import { spawnSync } from 'node:child_process';
import { eventually, freePort, type RedisServer, startRedisServer } from '@tenantry/testing';
import { Cluster, Redis } from 'ioredis';

/** Three masters on loopback, each with a replica where asked for. */
export interface TestCluster extends AsyncDisposable {
  /** The masters. */
  readonly nodes: readonly RedisServer[];
  /** The replica of each master, in the same order. */
  readonly replicas: readonly RedisServer[];
  /** `disconnectTimeout` of its nodes' connections, in ms. Default: that of ioredis, 2,000. */
  connect(disconnectTimeout?: number): Cluster;
  /** Moves a slot, with its keys, to another master. */
  moveSlot(slot: number, halfway?: Halfway): Promise<void>;
  /** Runs on each master by itself, and says which it is. */
  onEach<T>(run: (redis: Redis, index: number) => Promise<T>): Promise<T[]>;
}

/** What happens while a slot is under way: some keys have gone, then something runs, then the rest goes. */
export interface Halfway {
  goesFirst(key: string): boolean;
  run(): Promise<void>;
}

/** Why there can be none here, or undefined. In a container its nodes could not tell each other where they are. */
export const noCluster = ['redis-server', 'valkey-server'].some(name => spawnSync(name, ['--version']).status === 0)
  ? undefined
  : 'redis-server is not installed';

const SLOTS = 16384;

export interface ClusterOptions {
  readonly masters?: number;
  /** One of each master. */
  readonly replicas?: boolean;
  /**
   * How long a master may be silent before the others count it as lost, in ms: then its replica takes its place, or the cluster is
   * down. Default 1,000. A test in which none is lost takes longer than a busy machine makes any of them silent.
   */
  readonly nodeTimeoutMs?: number;
}

export async function startCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const { masters = 3, replicas: hasReplicas = false, nodeTimeoutMs = 1_000 } = options;
  const nodes: RedisServer[] = [];
  const replicas: RedisServer[] = [];
  const onEach: TestCluster['onEach'] = run =>
    Promise.all(
      nodes.map(async ({ host, port }, i) => {
        const redis = new Redis({ host, port });
        try {
          return await run(redis, i);
        } finally {
          redis.disconnect();
        }
      }),
    );
  // Not a port's usual +10000, which may be above the last there is.
  const busPorts: number[] = [];
  const startNode = async () => {
    const busPort = await freePort();
    const cluster = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)];
    const timeout = ['--cluster-node-timeout', String(nodeTimeoutMs)];
    return { busPort, node: await startRedisServer({ args: [...cluster, ...timeout] }) };
  };
  for (let i = 0; i < masters; i++) {
    const { busPort, node } = await startNode();
    busPorts.push(busPort);
    nodes.push(node);
  }
  const slotOf = (i: number) => Math.floor((SLOTS * i) / masters);
  await onEach(async (redis, i) => {
    await redis.call('CLUSTER', 'ADDSLOTSRANGE', slotOf(i), slotOf(i + 1) - 1);
    await redis.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
  });
  // Only then: a node that knows another one takes no epoch any more.
  await onEach(async (redis, i) => {
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
    { timeoutMs: 60_000, message: 'the cluster to agree' },
  );
  if (hasReplicas) {
    for (const _ of nodes) replicas.push((await startNode()).node);
    const pairs = nodes.map((master, i) => replicate(replicas[i] as RedisServer, master, busPorts[i] as number));
    await Promise.all(pairs);
  }
  return {
    nodes,
    replicas,
    onEach,
    moveSlot: (slot, halfway) => moveSlot(nodes, slot, halfway),
    connect: (disconnectTimeout = 2_000) => {
      const cluster = new Cluster(
        nodes.map(({ host, port }) => ({ host, port })),
        { clusterRetryStrategy: () => 50, redisOptions: { connectTimeout: 2_000, disconnectTimeout } },
      );
      cluster.on('error', () => undefined);
      return cluster;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...nodes, ...replicas].map(node => node.close()));
    },
  };
}

async function on<T>({ host, port }: RedisServer, run: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({ host, port });
  try {
    return await run(redis);
  } finally {
    redis.disconnect();
  }
}

const idOf = (node: RedisServer) => on(node, async redis => String(await redis.call('CLUSTER', 'MYID')));

async function replicate(node: RedisServer, master: RedisServer, busPort: number): Promise<void> {
  const masterId = await idOf(master);
  await on(node, async redis => {
    await redis.call('CLUSTER', 'MEET', master.host, master.port, busPort);
    await eventually(async () => `${await redis.call('CLUSTER', 'NODES')}`.includes(masterId));
    await redis.call('CLUSTER', 'REPLICATE', masterId);
    await eventually(async () => (await redis.info('replication')).includes('master_link_status:up'), {
      timeoutMs: 20_000,
    });
  });
}

async function moveSlot(nodes: readonly RedisServer[], slot: number, halfway?: Halfway): Promise<void> {
  const ids = await Promise.all(nodes.map(idOf));
  const at = await Promise.all(nodes.map(node => on(node, redis => holds(redis, slot))));
  const from = at.indexOf(true);
  const to = (from + 1) % nodes.length;
  const [source, target] = [nodes[from], nodes[to]] as [RedisServer, RedisServer];
  await on(target, redis => redis.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', ids[from] as string));
  await on(source, redis => redis.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', ids[to] as string));
  const move = (goes: (key: string) => boolean) =>
    on(source, async redis => {
      const keys = ((await redis.call('CLUSTER', 'GETKEYSINSLOT', slot, 10_000)) as string[]).filter(goes);
      if (keys.length > 0) await redis.call('MIGRATE', target.host, target.port, '', 0, 5_000, 'KEYS', ...keys);
    });
  if (halfway) {
    await move(halfway.goesFirst);
    await halfway.run();
  }
  await move(() => true);
  for (const node of [target, source, ...nodes.filter(each => each !== target && each !== source)])
    await on(node, redis => redis.call('CLUSTER', 'SETSLOT', slot, 'NODE', ids[to] as string));
}

/** Whether this node serves the slot. */
async function holds(redis: Redis, slot: number): Promise<boolean> {
  const [, own = ''] = `${await redis.call('CLUSTER', 'NODES')}`.match(/^\S+ \S+ myself,(.*)$/m) ?? [];
  return own
    .split(' ')
    .map(range => /^(\d+)(?:-(\d+))?$/.exec(range))
    .some(range => range && slot >= Number(range[1]) && slot <= Number(range[2] ?? range[1]));
}
