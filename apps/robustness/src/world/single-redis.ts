import { type FaultProxy, type RedisServerOptions, startFaultProxy, startRedisServer } from '@tenantry/testing';
import { Redis } from 'ioredis';
import type { RedisPlace } from './redis-place.ts';

/** One server, and a proxy before it for each process. */
export async function startSingleRedis(options: RedisServerOptions): Promise<RedisPlace> {
  const server = await startRedisServer(options);
  const proxies: FaultProxy[] = [];
  const connect = (): Redis => {
    const redis = new Redis(server.url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
    return redis;
  };
  return {
    kind: 'single',
    servers: [server],
    async way() {
      const proxy = await startFaultProxy({ target: { host: server.host, port: server.port } });
      proxies.push(proxy);
      return { address: { kind: 'single', url: `redis://${proxy.host}:${proxy.port}` }, proxy };
    },
    connect,
    masters: async () => [connect()],
    async [Symbol.asyncDispose]() {
      for (const proxy of proxies) await proxy.close();
      await server.close();
    },
  };
}
