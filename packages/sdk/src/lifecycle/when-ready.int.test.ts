import { GLOBAL_TENANT, TenantryError } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { heal, startFaultyWorld } from '../faulty-world.fixture.ts';
import { configPut, feature, limits } from '../published-configs.fixture.ts';
import { currencies, currencyPut, planById, planPut, startWorld } from '../world.fixture.ts';

const SHORT = 300;
const codes = ({ code }: TenantryError) => code;
const missing = (error: TenantryError) => error.details.missing?.map(({ tenant, address }) => [tenant, address]);

describe('whenReady', () => {
  it('resolves at once where Redis was reached and everything in use is live, and again', async () => {
    await using world = startWorld();
    const client = await world.client();
    await client.whenReady();
    await client.whenReady({ freshness: 'live' });
    await client.whenReady({ required: [] });
  });

  // want 5 (reader)
  it('waits for every ref that is required: of tenants, and of the global one', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    const euro = currencies.by('code', { code: 'EUR' });
    const client = await world.client();
    let isReady = false;
    const required = [euro, { tenant: 'acme', ref: planById(1) }, { tenant: 'globex', ref: limits }];
    const waiting = client.whenReady({ timeoutMs: 30_000, freshness: 'live', required }).then(() => {
      isReady = true;
    });
    await world.apply('globex', configPut(limits, 1, { most: 5 }));
    await eventually(() => expect(client.tenant('globex').peek(limits)).toEqual({ most: 5 }));
    expect(isReady).toBe(false);
    await world.apply(GLOBAL_TENANT, currencyPut('EUR', 2, 1));
    await waiting;
    expect(client.global.peekEntry(euro)).toMatchObject({ value: { digits: 2 }, stale: false });
    // What it has read is about to be used, so it goes on being followed.
    expect(client.tenant('acme').peekEntry(planById(1))).toMatchObject({ stale: false });
  });

  it('takes a default where Redis has said that nothing is set, and no default before', async () => {
    // R10 (reader)
    await using faulty = await startFaultyWorld();
    const { proxy } = faulty;
    const client = await faulty.client();
    const required = [{ tenant: 'acme', ref: feature }];
    await client.whenReady({ timeoutMs: 30_000, required });
    proxy.set('silent');
    const other = await faulty.client({ readTimeoutMs: 100 });
    const failed = await other.whenReady({ timeoutMs: SHORT, required }).catch(error => error);
    expect(failed).toBeInstanceOf(TenantryError);
    expect(codes(failed)).toBe('NOT_READY');
    expect(missing(failed)).toEqual([['acme', feature.address]]);
    await heal(proxy);
    await other.whenReady({ timeoutMs: 30_000, required, freshness: 'live' });
  });

  it('says of each ref that is missing why it is', async () => {
    await using world = startWorld();
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    await world.apply('acme', planPut({ id: 3, version: 2, payload: Buffer.from([0xc1, 0xff]) }));
    const client = await world.client();
    const required = [1, 2, 3].map(id => ({ tenant: 'acme', ref: planById(id) }));
    await eventually(async () => {
      const failed: TenantryError = await client.whenReady({ timeoutMs: SHORT, required }).catch(error => error);
      expect(failed).toMatchObject({ code: 'NOT_READY', retryable: true });
      expect(failed.message).toMatch(
        /^After 300 ms there is still missing: "plans:id:2" of tenant acme: nothing is set/,
      );
      expect(failed.details.missing).toEqual([
        { tenant: 'acme', address: 'plans:id:2', why: 'nothing is set, and it has no default' },
        { tenant: 'acme', address: 'plans:id:3', why: expect.stringContaining('cannot be decoded') },
      ]);
    });
  });

  // want 1 (reader)
  it('live is more than any: a value of a feed that is lost will do for one, and not for the other', async () => {
    await using faulty = await startFaultyWorld();
    const { world, proxy } = faulty;
    await world.apply('acme', planPut({ id: 1, version: 1, seats: 1 }));
    const client = await faulty.client();
    const required = [{ tenant: 'acme', ref: planById(1) }];
    await client.whenReady({ timeoutMs: 30_000, freshness: 'live', required });
    proxy.set('refuse');
    await eventually(() => expect(client.health()).not.toBeNull());
    await client.whenReady({ required });
    await client.whenReady();
    for (const options of [{ required }, {}]) {
      const failed = await client.whenReady({ timeoutMs: SHORT, freshness: 'live', ...options }).catch(error => error);
      expect(codes(failed)).toBe('NOT_READY');
    }
    proxy.set('pass');
    await client.whenReady({ timeoutMs: 30_000, freshness: 'live', required });
    await client.whenReady({ timeoutMs: 30_000, freshness: 'live' });
    await eventually(() => expect(client.health()).toBeNull());
  });

  it.each(['refuse', 'silent'] as const)('never waits longer than it may, whatever Redis does: %s', async mode => {
    // L57
    await using faulty = await startFaultyWorld();
    faulty.proxy.set(mode);
    const client = await faulty.client({ readTimeoutMs: 100 });
    const required = [{ tenant: 'acme', ref: planById(1) }];
    for (const options of [{}, { required }, { freshness: 'live' as const }, { freshness: 'live' as const, required }])
      expect(codes(await client.whenReady({ timeoutMs: SHORT, ...options }).catch(error => error))).toBe('NOT_READY');
  });

  it('rejects when the client is closed, before and after', async () => {
    await using world = startWorld();
    const client = await world.client();
    const waiting = client.whenReady({ required: [{ tenant: 'acme', ref: planById(1) }] }).catch(codes);
    await client.close();
    expect(await waiting).toBe('CLOSED');
    expect(await client.whenReady().catch(codes)).toBe('CLOSED');
    expect(await client.whenReady({ required: [{ tenant: 'new', ref: planById(1) }] }).catch(codes)).toBe('CLOSED');
  });
});
