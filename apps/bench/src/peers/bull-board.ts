import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { Queue } from 'bullmq';

/** bull-board over a queue that has so many jobs, as its documentation mounts it. */
export async function openBullBoard(redisUrl: string, prefix: string, jobs: number) {
  const { hostname: host, port } = new URL(redisUrl);
  const queue = new Queue('bench', { connection: { host, port: Number(port) }, prefix: `${prefix}-bull` });
  await queue.addBulk(Array.from({ length: jobs }, (_, n) => ({ name: 'job', data: { n, name: 'x' } })));
  const adapter = new ExpressAdapter();
  // The adapter brings an API of another patch version along, whose types are others.
  createBullBoard({ queues: [new BullMQAdapter(queue)], serverAdapter: adapter as never });
  const server: Server = createServer(adapter.getRouter());
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await queue.obliterate({ force: true });
      await queue.close();
    },
  };
}
