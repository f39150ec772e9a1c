import { createClient } from '@tenantry/sdk';
import { eventually, freePort, makeCertificates, startRedisServer } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { openWholePath } from './whole-path.fixture.ts';

it('everything goes by TLS with a private CA where the given connections do, those of pushes and of the queue included', {
  timeout: 180_000,
}, async () => {
  const { ca, files, remove } = await makeCertificates();
  const port = await freePort();
  const certificates = ['--tls-cert-file', files.cert, '--tls-key-file', files.key, '--tls-ca-cert-file', files.ca];
  await using server = await startRedisServer({
    args: ['--tls-port', String(port), '--tls-auth-clients', 'no', ...certificates],
  });
  try {
    await using path = await openWholePath({ connect: () => new Redis({ host: '127.0.0.1', port, tls: { ca } }) });
    await path.write('first');
    await path.arrived('first');
    await path.write('second');
    await path.arrived('second');

    const admin = new Redis(server.url);
    // Writer, worker and its queues' four, reader and its pushes: all but the one that asks. One may just be made anew.
    await eventually(async () => {
      const clients = String(await admin.client('LIST'))
        .trim()
        .split('\n');
      const secured = clients.filter(line => line.includes(` laddr=127.0.0.1:${port} `));
      expect([clients.length - secured.length, secured.length]).toEqual([1, 8]);
    });
    admin.disconnect();

    // A URL will do where Node knows the CA; where it does not, nothing gets through and nothing hangs.
    const troubles: unknown[] = [];
    const stranger = await createClient({
      redis: `rediss://127.0.0.1:${port}`,
      readTimeoutMs: 500,
      onTrouble: error => troubles.push(error),
    });
    await expect(stranger.global.get({ ...anything } as never)).rejects.toThrow();
    await eventually(() => expect(troubles.length).toBeGreaterThan(0));
    await stranger.close();

    // Closed in the middle of a handshake, at whatever moment, it ends nobody's process.
    for (let i = 0; i < 30; i++) {
      const early = await createClient({ redis: `rediss://127.0.0.1:${port}`, readTimeoutMs: 1 + (i % 15) });
      await early.close();
    }
  } finally {
    remove();
  }
});

const anything = { definition: 'x', key: 'id', address: 'x:id:1' };
