import { Cluster, type ClusterOptions } from 'ioredis';
import { expect, it } from 'vitest';
import { openFeedSubscriber } from '../feed/start-feeds.ts';
import { duplicateCluster } from './duplicate-cluster.ts';
import { endConnection } from './end-connection.ts';
import { openWriteConnection } from './write-connection.ts';

const makers: Readonly<Record<string, (cluster: Cluster) => void>> = {
  'for writes': openWriteConnection,
  'for feeds': cluster => void openFeedSubscriber(cluster, Math.random, 'tenantry'),
  'for other packages': cluster => void duplicateCluster(cluster, { redisOptions: { disconnectTimeout: 100 } }),
};

it.each(Object.keys(makers))('on a Cluster, a connection %s has what the application set for its nodes', kind => {
  const redisOptions = { password: 'pass', tls: { servername: 'redis' }, username: 'shop' };
  const cluster = new Cluster([{ host: '127.0.0.1', port: 1 }], { redisOptions, lazyConnect: true });
  const asked: unknown[] = [];
  cluster.duplicate = ((_nodes: unknown, options: ClusterOptions) => {
    asked.push(options);
    return new Cluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true });
  }) as typeof cluster.duplicate;
  makers[kind]?.(cluster);
  // As ioredis 5 takes them: in the place of the application's.
  expect(asked).toMatchObject([{ redisOptions: { ...redisOptions, disconnectTimeout: expect.any(Number) } }]);
  endConnection(cluster);
});
