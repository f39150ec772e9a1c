import { readFile, rm, writeFile } from 'node:fs/promises';
import type { TenantryError } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { startFaultyWorld } from '../faulty-world.fixture.ts';
import { planById, planPut } from '../world.fixture.ts';
import { bootstrapValue } from './bootstrap.ts';
import { freshFolder, withByte, writtenBy } from './snapshot.fixture.ts';
import { encodeSnapshot } from './snapshot-format.ts';

/** Longer than any test: nothing here is reached because a client has given up waiting. */
const ENDLESS_MS = 600_000;

describe('a client that has something to start with', () => {
  it.each(['snapshot', 'bootstrap'] as const)(
    'waits for no Redis to start, and its reads ask Redis first: %s',
    async kind => {
      await using faulty = await startFaultyWorld();
      await using file = await freshFolder();
      await writtenBy(faulty.world, file.path);
      await faulty.world.apply('acme', planPut({ id: 1, version: 2, slug: 'gold', seats: 2 }));
      faulty.proxy.set('stall');
      const plan = { tenantId: 'acme', id: 1, slug: 'gold', seats: 1 };
      const troubles: unknown[] = [];
      const client = await faulty.client({
        readTimeoutMs: ENDLESS_MS,
        onTrouble: error => troubles.push(error),
        ...(kind === 'snapshot'
          ? { snapshotFile: { path: file.path } }
          : { bootstrap: [bootstrapValue(planById(1), plan, 'acme')] }),
      });
      const acme = client.tenant('acme');
      await client.whenReady();
      expect(acme.peekEntry(planById(1))).toMatchObject({ value: { seats: 1 }, stale: true, origin: kind });
      expect(troubles).toEqual([]);
      // What was read before Redis is there waits for it: Redis comes before the file.
      const read = acme.get(planById(1));
      const live = client.whenReady({ timeoutMs: ENDLESS_MS, freshness: 'live' });
      faulty.proxy.set('pass');
      await live;
      expect(await read).toMatchObject({ seats: 2 });
    },
  );

  it.each(['none', 'damaged', 'of no tenant'])('waits for Redis where the file is %s', async state => {
    await using faulty = await startFaultyWorld();
    await using file = await freshFolder();
    const { prefix } = faulty.world;
    await writtenBy(faulty.world, file.path);
    if (state === 'none') await rm(file.path);
    else if (state === 'of no tenant') await writeFile(file.path, encodeSnapshot(prefix, Date.now(), new Map()));
    else {
      const bytes = await readFile(file.path);
      await writeFile(file.path, withByte(bytes, bytes.length - 5, 0xff));
    }
    faulty.proxy.set('silent');
    const events: string[] = [];
    await faulty.client({
      readTimeoutMs: 50,
      snapshotFile: { path: file.path },
      onTrouble: error => events.push((error as TenantryError).code),
    });
    events.push('started');
    expect(events).toEqual(['TIMEOUT', 'started']);
  });

  it.each(['snapshot', 'bootstrap'] as const)('is ready for any freshness, and not for a live one: %s', async kind => {
    await using faulty = await startFaultyWorld();
    await using file = await freshFolder();
    await writtenBy(faulty.world, file.path);
    faulty.proxy.set('refuse');
    const plan = { tenantId: 'acme', id: 1, slug: 'gold', seats: 1 };
    const client = await faulty.client({
      readTimeoutMs: 300,
      ...(kind === 'snapshot'
        ? { snapshotFile: { path: file.path } }
        : { bootstrap: [bootstrapValue(planById(1), plan, 'acme')] }),
    });
    const required = [{ tenant: 'acme', ref: planById(1) }];
    await client.whenReady({ timeoutMs: 50 });
    await client.whenReady({ timeoutMs: 30_000, required });
    for (const wanted of [{}, { required }])
      await expect(client.whenReady({ timeoutMs: 50, freshness: 'live', ...wanted })).rejects.toMatchObject({
        code: 'NOT_READY',
      });
    expect(client.health()?.map(reason => reason.kind)).toContain(kind);
    faulty.proxy.set('pass');
    await client.whenReady({ timeoutMs: 30_000, freshness: 'live', required });
    await eventually(() => expect(client.health()).toBeNull());
    expect(client.tenant('acme').peekEntry(planById(1))).toMatchObject({ stale: false, value: { seats: 1 } });
  });
});
