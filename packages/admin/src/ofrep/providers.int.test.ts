import { OpenFeature } from '@openfeature/server-sdk';
import { OpenFeature as WebOpenFeature } from '@openfeature/web-sdk';
import { eventually } from '@tenantry/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lab, useLab } from '../admin.fixture.ts';
import { ANN, amount, checkout, FLAGS, serverFlags, setFlags, text, webFlags } from './ofrep.fixture.ts';

useLab({ configs: FLAGS });

let url: string;
beforeAll(async () => {
  await setFlags(lab);
  await lab.give(ANN);
  ({ url } = await lab.admin.listen(0));
});
afterAll(async () => {
  await OpenFeature.close();
  await WebOpenFeature.close();
});

const SET = { variant: 'v1', reason: 'STATIC', flagMetadata: { version: 1, scope: 'tenants/acme' } };

describe.each(['server', 'web'] as const)('the official provider (%s)', kind => {
  type Flags = Awaited<ReturnType<typeof serverFlags>>;
  // The same calls, with and without a promise.
  const flagsOf = async (): Promise<Flags> =>
    kind === 'server' ? serverFlags(url) : ((await webFlags(url)).flags as unknown as Flags);

  it('gives values of each type, with variant, reason and metadata', async () => {
    const flags = await flagsOf();
    expect(await flags.getBooleanDetails('on-off', false)).toMatchObject({ value: true, ...SET });
    expect(await flags.getStringDetails('text', '')).toMatchObject({ value: 'hi', ...SET });
    expect(await flags.getNumberDetails('app/amount', 0)).toMatchObject({ value: 0.5, ...SET });
    expect(await flags.getObjectDetails('list', [])).toMatchObject({ value: [1, 2], ...SET });
    expect(await flags.getObjectDetails('nothing', {})).toMatchObject({ value: null, ...SET });
  });

  it('gives defaults, and what is inherited with its scope, whole and by field', async () => {
    const flags = await flagsOf();
    expect(await flags.getStringDetails('defaulted', '')).toMatchObject({
      ...{ value: 'none', reason: 'DEFAULT', flagMetadata: { scope: 'default' } },
    });
    expect(await flags.getBooleanDetails('checkout.newFlow', false)).toMatchObject({
      ...{ value: true, variant: 'v1', reason: 'STATIC', flagMetadata: { scope: 'global', version: 1 } },
    });
    expect(await flags.getNumberDetails('checkout.limits.most', 0)).toMatchObject({ value: 20, reason: 'DEFAULT' });
    expect(await flags.getObjectValue('checkout', {})).toEqual({ newFlow: true, limits: { most: 20 } });
  });

  it('gives the caller’s own default where there is no such flag, where it is secret, and where its type is another', async () => {
    const flags = await flagsOf();
    for (const key of ['nope', 'hidden', 'checkout.nope'])
      expect([key, await flags.getStringDetails(key, 'own')]).toMatchObject([
        key,
        { value: 'own', reason: 'ERROR', errorCode: 'FLAG_NOT_FOUND' },
      ]);
    expect(await flags.getNumberDetails('text', 7)).toMatchObject({ value: 7, errorCode: 'TYPE_MISMATCH' });
  });
});

it('a flag that is set nowhere is the caller’s own default in both, and an error for the provider for servers alone', async () => {
  const server = await serverFlags(url);
  const { flags: web } = await webFlags(url);
  expect(web.getBooleanDetails('never-set', true)).toMatchObject({ value: true, reason: 'DEFAULT' });
  // ofrep-provider 0.1.3 does not know answers without a value.
  expect(await server.getBooleanDetails('never-set', true)).toMatchObject({ value: true, errorCode: 'GENERAL' });
});

it('a browser is told of changes by its stream, its own and inherited ones, and of no others', async () => {
  const { flags, changed } = await webFlags(url);
  await lab.store.tenant('acme').set(text, 'changed');
  await eventually(() => flags.getStringValue('text', '') === 'changed');
  expect(changed.at(-1)).toEqual(['text']);
  await lab.store.global().set(checkout, { newFlow: false });
  await eventually(() => flags.getBooleanValue('checkout.newFlow', true) === false);
  expect(changed.at(-1)).toEqual(['checkout', 'checkout.newFlow']);
  const before = changed.length;
  await lab.store.tenant('zeta').set(text, 'other');
  await lab.store.tenant('acme').set(amount, 2);
  await eventually(() => flags.getNumberValue('app/amount', 0) === 2);
  expect(changed.slice(before)).toEqual([['app/amount']]);
});

it('a browser that asks again and again is told of changes, and the rest is answered with 304', async () => {
  const statuses: number[] = [];
  const { flags, changed } = await webFlags(url, {
    ...{ changeDetection: 'polling', pollInterval: 50 },
    fetchImplementation: async (...call: Parameters<typeof fetch>) => {
      const response = await fetch(...call);
      statuses.push(response.status);
      return response;
    },
  });
  await eventually(() => statuses.length >= 4);
  expect(statuses.slice(0, 4)).toEqual([200, 304, 304, 304]);
  expect(changed).toEqual([]);
  await lab.store.tenant('acme').set(amount, 3);
  await eventually(() => flags.getNumberValue('app/amount', 0) === 3);
  expect(changed).toEqual([['app/amount']]);
});

it('a right that is taken away takes the flags away, from streams that are open, too', async () => {
  const { id } = await lab.grants.give({ who: 'user:bob', verbs: ['view'], scope: 'tenants/acme', config: 'text' });
  const server = await serverFlags(url, 'bob');
  await eventually(async () => (await server.getStringValue('text', 'own')) !== 'own');
  expect(await server.getNumberDetails('app/amount', 7)).toMatchObject({ value: 7, errorCode: 'FLAG_NOT_FOUND' });
  const { flags, changed, provider } = await webFlags(url, {}, 'bob');
  expect(Object.keys(provider.flagCache)).toEqual(['text']);
  await lab.grants.take(id);
  await eventually(() => flags.getStringDetails('text', 'own').errorCode === 'FLAG_NOT_FOUND');
  expect(changed).toEqual([['text']]);
  expect(await server.getStringDetails('text', 'own')).toMatchObject({ value: 'own', errorCode: 'FLAG_NOT_FOUND' });
});
