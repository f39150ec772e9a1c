import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { endConnection } from '@tenantry/redis';
import { liveAndClose } from '@tenantry/testing';
import { Redis } from 'ioredis';
import type { ClientOptions } from './client-options.ts';
import { createClient } from './create-client.ts';
import { bootstrapValue } from './snapshot/bootstrap.ts';
import { planById } from './world.fixture.ts';

// A client with its default patience, in a process of its own.
const prefix = process.argv[2] as string;
await liveAndClose({
  'client of a url': redis => watch({ redis }),
  async 'client of a connection'(redisUrl) {
    const redis = new Redis(redisUrl);
    redis.on('error', () => undefined);
    const client = await watch({ redis });
    return {
      async close() {
        await client.close();
        endConnection(redis);
      },
    };
  },
  /** Closed while it connects: it did not wait for Redis to start. */
  async 'client that starts at once'() {
    const silent = await startSilentServer();
    const plan = { tenantId: 'acme', id: 1, slug: 'gold', seats: 1 };
    const bootstrap = [bootstrapValue(planById(1), plan, 'acme')];
    const client = await createClient({ redis: silent.url, prefix, bootstrap, readTimeoutMs: 60_000 });
    const open = () => new Promise<never>(() => undefined);
    client.tenant('acme').useResource(planById(1), { open, openTimeoutMs: 60_000, closeTimeoutMs: 20 });
    return {
      async close() {
        await client.close();
        silent.close();
      },
    };
  },
});

async function watch(options: ClientOptions) {
  const client = await createClient({ ...options, prefix });
  const acme = client.tenant('acme');
  acme.watch(planById(1)).subscribe();
  await acme.get(planById(1)).catch(() => undefined);
  return {
    async close() {
      // In the air when it is closed.
      acme.get(planById(2)).catch(() => undefined);
      await client.close();
    },
  };
}

async function startSilentServer() {
  const sockets = new Set<Socket>();
  const server = createServer(socket => sockets.add(socket.on('error', () => undefined).resume()));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
