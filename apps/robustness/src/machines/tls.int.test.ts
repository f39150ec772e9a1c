import { createClient } from '@tenantry/sdk';
import { freePort, makeCertificates, startRedisServer } from '@tenantry/testing';
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
    const clients = String(await admin.client('LIST'))
      .trim()
      .split('\n');
    admin.disconnect();
    const secured = clients.filter(line => line.includes(` laddr=127.0.0.1:${port} `));
    // Writer, worker and its queues' four, reader and its pushes: all but the one that asks.
    expect(clients.length - secured.length).toBe(1);
    expect(secured.length).toBe(8);

    // A URL will do where Node knows the CA; where it does not, nothing gets through and nothing hangs.
    const troubles: unknown[] = [];
    const stranger = await createClient({
      redis: `rediss://127.0.0.1:${port}`,
      readTimeoutMs: 500,
      onTrouble: error => troubles.push(error),
    });
    await expect(stranger.global.get({ ...anything } as never)).rejects.toThrow();
    expect(troubles.length).toBeGreaterThan(0);
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
