import { OpenFeature, type Provider, ProviderEvents, ProviderStatus } from '@openfeature/server-sdk';
import { eventually } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';

describe('OpenFeature itself', () => {
  // Others start with a default provider that is not ready.
  afterEach(() => OpenFeature.clearProviders());

  // R19 (reader). If it stops, the provider must tell of it: a provider that does both has its handlers called twice.
  it('says READY once when `initialize` has resolved', async () => {
    const told: unknown[] = [];
    const provider = { metadata: { name: 'bare' }, initialize: async () => undefined } as unknown as Provider;
    OpenFeature.getClient('bare').addHandler(ProviderEvents.Ready, () => void told.push('READY'));
    await OpenFeature.setProviderAndWait('bare', provider);
    await eventually(() => expect(told).not.toEqual([]));
    const calls = told.length;
    // Before it had a provider of its own the domain had the default one, which is never ready.
    expect([calls, OpenFeature.getClient('bare').providerStatus]).toEqual([1, ProviderStatus.READY]);
  });

  // Both stand in the guide, under "What can go wrong".
  it('closes a provider that it replaces before the next one is ready, and ignores one for a domain that is the default already', async () => {
    const told: string[] = [];
    const provider = (name: string): Provider =>
      ({
        metadata: { name },
        initialize: async () => void told.push(`${name} is ready`),
        onClose: async () => void told.push(`${name} is closed`),
      }) as unknown as Provider;
    const slow = provider('slow');
    slow.initialize = () => new Promise(resolve => setImmediate(resolve)).then(() => void told.push('slow is ready'));
    await OpenFeature.setProviderAndWait('replaced', provider('first'));
    await OpenFeature.setProviderAndWait('replaced', slow);
    expect(told).toEqual(['first is ready', 'first is closed', 'slow is ready']);
    const first = provider('the default');
    await OpenFeature.setProviderAndWait(first);
    await OpenFeature.setProviderAndWait('ignored', first);
    await OpenFeature.setProviderAndWait(provider('another default'));
    expect(OpenFeature.getProvider('ignored').metadata.name).toBe('another default');
  });
});
