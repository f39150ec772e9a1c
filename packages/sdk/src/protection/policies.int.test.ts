import type { TenantryError } from '@tenantry/protocol';
import { describe, expect, it } from 'vitest';
import { startFaultyWorld } from '../faulty-world.fixture.ts';
import { limits } from '../published-configs.fixture.ts';
import { around, expectNoUnhandledRejection, unavailable } from '../reads/loaded-configs.fixture.ts';
import { tableSource } from '../reads/table-source.fixture.ts';

expectNoUnhandledRejection();

const outcome = (reading: Promise<unknown>) => reading.catch((error: TenantryError) => error.code);

describe('a policy of one tenant', () => {
  // I5
  it('stands before that of all, in Redis or without it', async () => {
    await using faulty = await startFaultyWorld();
    for (const isAway of [false, true]) {
      if (isAway) faulty.proxy.set('refuse');
      const source = tableSource();
      source.set(limits, 1, { most: 1 });
      source.set(around, 1, 1);
      let now = Date.now();
      const [vip, free] = [`vip-${isAway}`, `free-${isAway}`];
      const client = await faulty.client({
        source,
        clock: () => now,
        protect: {
          rate: { perSecond: 1, burst: 1 },
          breaker: { failures: 1 },
          tenants: { [vip]: { rate: { perSecond: 1, burst: 2 } }, [free]: { rate: false, breaker: { failures: 2 } } },
        },
      });
      const get = (tenant: string) => outcome(client.tenant(tenant).get(limits));
      const getAround = (tenant: string) => outcome(client.tenant(tenant).get(around));
      expect(await get(`a-${isAway}`)).toEqual({ most: 1 });
      expect(await get(`b-${isAway}`)).toBe('RATE_LIMITED');
      expect([await get(vip), await get(free)]).toEqual([{ most: 1 }, { most: 1 }]);
      expect(source.asked).toBe(3);
      source.fail(unavailable);
      expect(await getAround(`a-${isAway}`)).toBe('UNAVAILABLE');
      expect(await getAround(`b-${isAway}`)).toBe('CIRCUIT_OPEN');
      const ofFree: unknown[] = [];
      for (let i = 0; i < 3; i++) {
        now += 2_000;
        ofFree.push(await getAround(free));
      }
      expect(ofFree).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'CIRCUIT_OPEN']);
    }
  });

  // I5
  it.each([
    [{ tenants: { acme: { rate: { perSecond: -1 } } } }, '`perSecond`'],
    [{ tenants: { acme: { breaker: { failures: 0 } } } }, '`failures`'],
    [{ tenants: { '': {} } }, 'A tenant id'],
    [{ rate: { perSecond: 1, burst: 0 } }, '`burst`'],
    [{ rate: { perSecond: 1, waitMs: 5 } }, 'no option "waitMs"'],
  ])('that cannot be is refused when the client is made, before it connects: %o', async (protect, message) => {
    await using faulty = await startFaultyWorld();
    const redis = `redis://${faulty.proxy.host}:${faulty.proxy.port}`;
    const making = faulty.world.client({ redis, source: tableSource(), protect: protect as never });
    await expect(making).rejects.toMatchObject({ message: expect.stringContaining(message) });
    expect(faulty.proxy.accepted).toBe(0);
  });
});
