import { eventually } from '@tenantry/testing';
import { firstValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { configPut, limits } from '../published-configs.fixture.ts';
import { startWorld } from '../world.fixture.ts';
it.each([true, false])('x %s', async filled => {
  await using world = startWorld();
  if (filled) {
    const t = await world.replica.beginFill() as string;
    await world.replica.completeFill(t, 1);
  }
  await world.apply('acme', configPut(limits, 1, { most: 1 }));
  const client = await world.client({ sweepMs: 100 });
  const acme = client.tenant('acme');
  using live = acme.live(limits);
  await eventually(() => expect(live).toMatchObject({ value: { most: 1 } }));
  const keys = await world.redis.keys(`${world.prefix}:{acme}*`);
  await world.redis.del(...keys);
  await eventually(() => expect(acme.peekEntry(limits)).toMatchObject({ stale: true }));
  await world.apply('acme', configPut(limits, 2, { most: 2 }));
  await eventually(() => expect(live.value).toEqual({ most: 2 }));
  await new Promise(r => setTimeout(r, 3000));
  console.log(filled, acme.peekEntry(limits), await firstValueFrom(client.status$), client.health(), client.stats());
});
