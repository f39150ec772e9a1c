import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planById, planBySlug, planPut, type World } from '../world.fixture.ts';

/** A folder that is removed afterwards, and the path of a snapshot file in it. */
export async function freshFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-snapshot-'));
  return {
    folder,
    path: join(folder, 'snapshot'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A file with one plan in it. */
export async function writtenBy(world: World, path: string): Promise<void> {
  await world.apply('acme', planPut({ id: 1, version: 1, slug: 'gold', seats: 1 }));
  const client = await world.client({ snapshotFile: { path } });
  await client.tenant('acme').getMany([planById(1), planBySlug('gold')]);
  await client.close();
}

/** The same bytes but for one. */
export function withByte(bytes: Buffer, at: number, byte: number): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt8(byte, at);
  return changed;
}
