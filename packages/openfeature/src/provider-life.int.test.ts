import { OpenFeature, ProviderStatus } from '@openfeature/server-sdk';
import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { heal, startFaultyWorld } from '../../sdk/src/faulty-world.fixture.ts';
import { freshFolder } from '../../sdk/src/snapshot/snapshot.fixture.ts';
import { startWorld } from '../../sdk/src/world.fixture.ts';
import { flag, openDomain, openFlags, setFlags, setString, startUnreached } from './flags.fixture.ts';

const { READY, STALE, ERROR, FATAL, NOT_READY } = ProviderStatus;

describe('initialize', () => {
  it('has the handlers of READY called once, and no other', async () => {
    // R19 (reader)
    await using world = startWorld();
    await setFlags(world);
    const { set, listen, told, flags } = openDomain(await world.client());
    listen();
    expect(flags.providerStatus).toBe(NOT_READY);
    await set();
    expect(await flags.getBooleanValue('boolean-flag', false)).toBe(true);
    expect(told).toEqual(['READY']);
    expect(flags.providerStatus).toBe(READY);
  });

  it('waits for Redis, and until then every evaluation says that the provider is not ready, in a second domain, too', async () => {
    // R19, R20 (reader): provider not ready, of each type
    const { faulty, client } = await startUnreached();
    await using _ = faulty;
    const { provider, flags, set } = openDomain(client);
    expect(await provider.resolveBooleanEvaluation('boolean-flag', true, {}, console)).toMatchObject({
      ...{ value: true, errorCode: 'PROVIDER_NOT_READY' },
    });
    const setting = set();
    const second = OpenFeature.setProvider(`${flags.metadata.domain}-2`, provider).getClient(
      `${flags.metadata.domain}-2`,
    );
    second.setContext({ targetingKey: 'acme' });
    // It knows the provider already, and so it asks it although it is not ready.
    expect([flags.providerStatus, second.providerStatus]).toEqual([NOT_READY, READY]);
    for (const each of [flags, second]) {
      const fails = { reason: 'ERROR', errorCode: 'PROVIDER_NOT_READY' };
      expect(await each.getBooleanDetails('boolean-flag', false)).toMatchObject({ value: false, ...fails });
      expect(await each.getStringDetails('string-flag', 'bye')).toMatchObject({ value: 'bye', ...fails });
      expect(await each.getNumberDetails('integer-flag', 1)).toMatchObject({ value: 1, ...fails });
      expect(await each.getObjectDetails('object-flag', { a: 1 })).toMatchObject({ value: { a: 1 }, ...fails });
    }
    faulty.proxy.set('pass');
    await setting;
    for (const each of [flags, second])
      await eventually(async () => expect(await each.getBooleanValue('boolean-flag', false)).toBe(true));
  });

  it('ends with its budget: ERROR, defaults meanwhile, and READY by itself when Redis is there', async () => {
    // R10, R20 (reader)
    const { faulty, client } = await startUnreached();
    await using _ = faulty;
    const { flags, set, listen, told } = openDomain(client, { initializeTimeoutMs: 100 });
    listen();
    await expect(set()).rejects.toThrow('The client did not reach Redis within 100 ms.');
    expect([told, flags.providerStatus]).toEqual([['ERROR'], ERROR]);
    expect(await flags.getBooleanDetails('defaulted', true)).toMatchObject({ value: false, reason: 'STALE' });
    const nothing = await flags.getBooleanDetails('boolean-flag', false);
    expect(nothing).toMatchObject({ value: false, reason: 'ERROR', errorCode: 'GENERAL' });
    expect(nothing.errorMessage).toMatch(/^(UNAVAILABLE|TIMEOUT): /);
    faulty.proxy.set('pass');
    await eventually(() => expect(told).toEqual(['ERROR', 'READY']));
    await eventually(async () =>
      expect(await flags.getBooleanDetails('boolean-flag', false)).toMatchObject({ value: true, reason: 'STATIC' }),
    );
    expect(flags.providerStatus).toBe(READY);
  });

  it('serves what memory has where Redis went away before it: READY, and STALE at once', async () => {
    await using faulty = await startFaultyWorld();
    await setFlags(faulty.world);
    const client = await faulty.client();
    await (await openFlags(client)).flags.getBooleanValue('boolean-flag', false);
    faulty.proxy.set('refuse');
    let state = '';
    client.status$.subscribe(status => {
      state = status.state;
    });
    await eventually(() => expect(state).toBe('stale'));
    const { flags, set, listen, told } = openDomain(client);
    listen();
    await set();
    await eventually(() => expect(told).toEqual(['READY', 'STALE']));
    expect(flags.providerStatus).toBe(STALE);
    expect(await flags.getBooleanDetails('boolean-flag', false)).toMatchObject({ value: true, reason: 'STALE' });
  });

  it('is READY without Redis where a snapshot file has something to serve, STALE at once, and READY with Redis', async () => {
    await using faulty = await startFaultyWorld();
    await using file = await freshFolder();
    const options = { snapshotFile: { path: file.path } };
    await setFlags(faulty.world);
    const before = await faulty.client(options);
    await before.tenant('acme').get(flag);
    await before.close();
    faulty.proxy.set('refuse');
    const { flags, set, listen, told } = openDomain(await faulty.client({ ...options, readTimeoutMs: 50 }));
    listen();
    await set();
    await eventually(() => expect(told).toEqual(['READY', 'STALE']));
    const details = await flags.getBooleanDetails('boolean-flag', false);
    expect(details).toMatchObject({
      value: true,
      reason: 'STALE',
      variant: 'v3',
      flagMetadata: { scope: 'tenants/acme' },
    });
    faulty.proxy.set('pass');
    await eventually(() => expect(told).toEqual(['READY', 'STALE', 'READY']));
  });

  it('is FATAL with a client that is closed, and each evaluation says so', async () => {
    await using world = startWorld();
    const client = await world.client();
    await client.close();
    const { provider, flags, set } = openDomain(client);
    await expect(set()).rejects.toMatchObject({ code: 'PROVIDER_FATAL' });
    expect(flags.providerStatus).toBe(FATAL);
    // R20 (reader): provider in a fatal state, of each type
    const fatal = { reason: 'ERROR', errorCode: 'PROVIDER_FATAL' };
    const fails = { value: false, ...fatal };
    expect(await flags.getBooleanDetails('boolean-flag', false)).toMatchObject(fails);
    expect(await flags.getStringDetails('string-flag', 'bye')).toMatchObject({ value: 'bye', ...fatal });
    expect(await flags.getNumberDetails('integer-flag', 1)).toMatchObject({ value: 1, ...fatal });
    expect(await flags.getNumberDetails('float-flag', 0.1)).toMatchObject({ value: 0.1, ...fatal });
    expect(await flags.getObjectDetails('object-flag', { a: 1 })).toMatchObject({ value: { a: 1 }, ...fatal });
    expect(await provider.resolveBooleanEvaluation('boolean-flag', false, {}, console)).toMatchObject(fails);
  });
});

describe('afterwards', () => {
  it('a lost feed is STALE once and values go on, and it is READY again with exactly what differs', async () => {
    // R1, R20, R21 (reader): READY → STALE → READY, each told once
    await using faulty = await startFaultyWorld();
    const { world, proxy } = faulty;
    await setFlags(world);
    const { flags, listen, told, changes } = await openFlags(await faulty.client());
    await flags.getBooleanValue('boolean-flag', false);
    await flags.getStringValue('string-flag', 'bye');
    listen();
    const live = () => flags.getBooleanDetails('boolean-flag', false);
    for (const changed of [[], ['string-flag']]) {
      told.length = 0;
      proxy.set('refuse');
      await eventually(() => expect(told).toEqual(['STALE']));
      expect(flags.providerStatus).toBe(STALE);
      const details = await live();
      expect(details).toMatchObject({ value: true, reason: 'STALE', variant: 'v3' });
      expect(details.flagMetadata).toEqual({ version: 3, scope: 'tenants/acme', ageMs: expect.any(Number) });
      if (changed.length > 0) await setString(world, 4, 'hello');
      proxy.set('pass');
      await eventually(() => expect(told).toEqual(['STALE', 'READY']));
      await eventually(async () => expect(await live()).toMatchObject({ reason: 'STATIC' }));
      expect(changes.flatMap(({ flagsChanged }) => flagsChanged)).toEqual(changed);
    }
    expect(changes).toMatchObject([{ flagsChanged: ['string-flag'], metadata: { tenant: 'acme' } }]);
    expect(await flags.getStringDetails('string-flag', 'bye')).toMatchObject({ value: 'hello', variant: 'v4' });
  });

  it('a half-open connection is STALE, too', async () => {
    await using faulty = await startFaultyWorld();
    await setFlags(faulty.world);
    const { flags, listen, told } = await openFlags(await faulty.client({ heartbeatMs: 20, feedTimeoutMs: 200 }));
    await flags.getBooleanValue('boolean-flag', false);
    listen();
    faulty.proxy.set('silent');
    // Its time is short: on a busy machine it may have been stale before, for a moment.
    await eventually(() => expect([told.at(-1), flags.providerStatus]).toEqual(['STALE', STALE]));
    await heal(faulty.proxy);
    await eventually(() => expect(told.at(-1)).toBe('READY'));
  });

  it('is ERROR only where memory has nothing to serve', async () => {
    // R1, R20 (reader): without a grace, because there is nothing stale that it could serve meanwhile.
    await using faulty = await startFaultyWorld();
    const { flags, listen, told } = await openFlags(await faulty.client());
    listen();
    told.length = 0;
    faulty.proxy.set('refuse');
    await eventually(() => expect(told).toEqual(['ERROR']));
    expect(flags.providerStatus).toBe(ERROR);
    faulty.proxy.set('pass');
    await eventually(() => expect(told).toEqual(['ERROR', 'READY']));
  });

  it('goes from READY to ERROR, by READY to STALE, and back to READY, each told once', async () => {
    // R20 (reader): the chain of all events
    await using faulty = await startFaultyWorld();
    await setFlags(faulty.world);
    const { flags, listen, told } = await openFlags(await faulty.client());
    listen();
    for (const [isRead, status] of [
      [false, ERROR],
      [true, STALE],
    ] as const) {
      if (isRead) expect(await flags.getBooleanDetails('boolean-flag', false)).toMatchObject({ reason: 'STATIC' });
      faulty.proxy.set('refuse');
      await eventually(() => expect(flags.providerStatus).toBe(status));
      faulty.proxy.set('pass');
      await eventually(() => expect(flags.providerStatus).toBe(READY));
    }
    expect(told).toEqual(['READY', 'ERROR', 'READY', 'STALE', 'READY']);
  });

  it('names the flags of one change in one event, by the keys that they have here', async () => {
    // R20 (reader)
    await using world = startWorld();
    await setFlags(world);
    const { flags, listen, changes } = await openFlags(await world.client());
    listen();
    await flags.getBooleanValue('checkout.newFlow', false);
    await flags.getStringValue('string-flag', 'bye');
    await setString(world, 4, 'hello');
    await eventually(() =>
      expect(changes).toMatchObject([{ flagsChanged: ['string-flag'], metadata: { tenant: 'acme' } }]),
    );
    expect(await flags.getStringValue('string-flag', 'bye')).toBe('hello');
  });

  it('is FATAL when the application closes the client', async () => {
    await using world = startWorld();
    await setFlags(world);
    const client = await world.client();
    const { flags, listen, told } = await openFlags(client);
    await flags.getBooleanValue('boolean-flag', false);
    listen();
    told.length = 0;
    await client.close();
    await eventually(() => expect([told, flags.providerStatus]).toEqual([['ERROR'], FATAL]));
    expect(await flags.getBooleanDetails('boolean-flag', false)).toMatchObject({ errorCode: 'PROVIDER_FATAL' });
  });
});
