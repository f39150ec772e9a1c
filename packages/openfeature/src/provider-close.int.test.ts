import { OpenFeature, ProviderEvents } from '@openfeature/server-sdk';
import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { startWorld } from '../../sdk/src/world.fixture.ts';
import { openDomain, openFlags, setFlags, setString, startUnreached } from './flags.fixture.ts';

describe('onClose', () => {
  it('leaves the client and its readers alone, can be called twice, and the provider can be set again', async () => {
    await using world = startWorld();
    await setFlags(world);
    const client = await world.client();
    const { domain, provider, flags, set, listen, told, changes } = await openFlags(client);
    await flags.getStringValue('string-flag', 'bye');
    listen();
    const other = openDomain(client);
    await OpenFeature.setProviderAndWait(domain, other.provider);
    await provider.onClose();
    told.length = 0;
    await setString(world, 4, 'hello');
    await eventually(() => expect(changes).toHaveLength(1));
    expect(await provider.resolveStringEvaluation('string-flag', 'bye', {}, console)).toMatchObject({
      ...{ value: 'bye', errorCode: 'PROVIDER_NOT_READY' },
    });
    expect(await flags.getStringValue('string-flag', 'bye')).toBe('hello');
    await set();
    expect(await flags.getStringValue('string-flag', 'bye')).toBe('hello');
    expect(told).toEqual(['READY']);
  });

  it('ends an `initialize` that still waits', async () => {
    const { faulty, client } = await startUnreached();
    await using _ = faulty;
    const { provider } = openDomain(client);
    const opening = provider.initialize();
    await provider.onClose();
    await expect(opening).rejects.toThrow('closed while it was initialized');
    expect(await provider.resolveBooleanEvaluation('boolean-flag', false, {}, console)).toMatchObject({
      errorCode: 'PROVIDER_NOT_READY',
    });
  });

  it('may be called by a handler of the first thing that is told, and ends it all', async () => {
    await using world = startWorld();
    await setFlags(world);
    const client = await world.client();
    const { provider, flags, listen, told, changes } = await openFlags(client);
    listen();
    flags.addHandler(ProviderEvents.Error, () => provider.onClose());
    await client.close();
    await eventually(() => expect(told.at(-1)).toBe('ERROR'));
    expect([told.filter(event => event === 'ERROR'), changes]).toEqual([['ERROR'], []]);
    const details = await provider.resolveBooleanEvaluation('boolean-flag', false, {}, console);
    expect(details).toMatchObject({ errorCode: 'PROVIDER_NOT_READY' });
  });

  it('leaves a provider alone that another domain still has', async () => {
    await using world = startWorld();
    await setFlags(world);
    const client = await world.client();
    const { domain, provider, flags } = await openFlags(client);
    const second = OpenFeature.setProvider(`${domain}-2`, provider).getClient(`${domain}-2`, { targetingKey: 'acme' });
    await OpenFeature.setProviderAndWait(domain, openDomain(client).provider);
    expect(await second.getBooleanValue('boolean-flag', false)).toBe(true);
    expect(await flags.getBooleanValue('boolean-flag', false)).toBe(true);
  });
});
