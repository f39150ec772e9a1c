import type { RecordChange } from '@tenantry/redis';
import { eventually } from '@tenantry/testing';
import { firstValueFrom } from 'rxjs';
import { expect } from 'vitest';
import type { Client } from '../create-client.ts';
import type { World } from '../world.fixture.ts';

/** Redis loses everything and is filled with these changes, and the client has compared its memory. */
export async function lose(world: World, client: Client, ...filled: RecordChange[]): Promise<void> {
  await world.redis.flushdb();
  await eventually(async () => expect(await firstValueFrom(client.status$)).toMatchObject({ state: 'stale' }));
  const token = await world.replica.beginFill();
  if (filled.length > 0) await world.apply('acme', ...filled);
  if (token !== undefined) await world.replica.completeFill(token, 1);
  await eventually(async () => expect(await firstValueFrom(client.status$)).toMatchObject({ state: 'ready' }));
}
