import { readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { createPayloadCodec, decodeEnvelope } from '@tenantry/protocol/wire';
import { eventually, type NodeProcess, spawnNode } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { type Plan, planPut, startWorld } from '../world.fixture.ts';
import { createBlockCodec } from './saved-tenant.ts';
import { freshFolder } from './snapshot.fixture.ts';
import { decodeSnapshot, isWhole } from './snapshot-format.ts';

const TENANTS = ['a', 'b', 'c', 'd'];
const PLANS = 100;
const KILLS = 10;

const blocks = createBlockCodec();
const payloads = createPayloadCodec();

/** The seats of each tenant's plans, which change together. Throws where the file is not whole. */
async function seatsIn(path: string, prefix: string): Promise<number[][]> {
  const content = decodeSnapshot(await readFile(path), { prefix, maxAgeMs: 3_600_000, now: Date.now() });
  return [...content.blocks.values()].map(block => {
    if (!isWhole(block)) throw new Error('a block is not whole');
    const { records } = blocks.decode(block.bytes);
    const seatsOf = (envelope: Buffer) => (payloads.decode(decodeEnvelope(envelope).payload) as Plan).seats as number;
    // What is about to be read again may be older than the rest.
    return [...records].filter(({ isExact }) => isExact).map(({ envelope }) => seatsOf(envelope));
  });
}

it('four processes with one file, killed at any moment, leave one whole snapshot of one of them', {
  timeout: 240_000,
}, async () => {
  // R8 (reader)
  await using world = startWorld(undefined, 1_000);
  await using file = await freshFolder();
  let version = 0;
  const change = async () => {
    version++;
    const ids = Array.from({ length: PLANS }, (_, i) => i + 1);
    const changes = ids.map(id => planPut({ id, version, seats: version, ballast: 1_000 }));
    await Promise.all(TENANTS.map(tenant => world.apply(tenant, ...changes)));
  };
  const script = new URL('./saver.fixture.ts', import.meta.url);
  const start = (tenant: string) => spawnNode(script, [world.redisUrl, world.prefix, file.path, tenant, String(PLANS)]);
  await change();
  const running: NodeProcess[] = TENANTS.map(start);
  try {
    await Promise.all(running.map(each => each.waitForLine('ready')));
    await eventually(async () => expect(await seatsIn(file.path, world.prefix)).not.toEqual([]));
    let whole = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const victim = kill % TENANTS.length;
      const killed = running[victim] as NodeProcess;
      await killed.waitForLine('ready');
      // At another moment of a write each time.
      const until = performance.now() + ((kill * 7) % 40);
      do {
        await change();
        await check();
      } while (performance.now() < until);
      await killed.kill('SIGKILL');
      await check();
      running[victim] = start(TENANTS[victim] as string);
    }
    expect(whole).toBeGreaterThan(KILLS);

    async function check(): Promise<void> {
      for (const seats of await seatsIn(file.path, world.prefix)) {
        // A process that has only begun has read nothing yet.
        if (seats.length === 0) continue;
        whole++;
        expect(new Set(seats).size).toBe(1);
      }
    }
  } finally {
    await Promise.all(running.map(each => each.kill('SIGKILL')));
  }
  // What the killed left behind goes, once nobody can be writing it any more.
  const left = (await readdir(file.folder)).filter(name => name.endsWith('.tmp'));
  const longAgo = new Date(Date.now() - 2 * 3_600_000);
  for (const name of left) await utimes(join(file.folder, name), longAgo, longAgo);
  await using client = await world.client({ snapshotFile: { path: file.path } });
  expect((await readdir(file.folder)).filter(name => name.endsWith('.tmp'))).toEqual([]);
  expect(client.tenant(TENANTS[0] as string)).toBeDefined();
});
