import { type EvaluationContext, OpenFeature } from '@openfeature/server-sdk';
import { eventually } from '@tenantry/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configPut, configRetired } from '../../sdk/src/published-configs.fixture.ts';
import { startWorld, type World } from '../../sdk/src/world.fixture.ts';
import { checkout, flag, openFlags, setFlags } from './flags.fixture.ts';

let world: World;
let flags: Awaited<ReturnType<typeof openFlags>>['flags'];
beforeAll(async () => {
  world = startWorld();
  await setFlags(world);
  ({ flags } = await openFlags(await world.client()));
});
afterAll(() => world[Symbol.asyncDispose]());

describe('the tenant', () => {
  // R21 (reader)
  it.each([{}, { targetingKey: '' }, { targetingKey: undefined }])('is missing in %o', async context => {
    const anyone = OpenFeature.getClient(flags.metadata.domain as string);
    const details = await anyone.getBooleanDetails('boolean-flag', false, context as never);
    expect(details).toMatchObject({ value: false, reason: 'ERROR', errorCode: 'TARGETING_KEY_MISSING' });
  });

  it('must be an id', async () => {
    const details = await flags.getBooleanDetails('boolean-flag', false, { targetingKey: ' blank' });
    expect(details).toMatchObject({ value: false, errorCode: 'INVALID_CONTEXT' });
    expect(details.errorMessage).toContain('A tenant id must be');
  });

  it('comes from wherever `tenantOf` finds it', async () => {
    const tenantOf = ({ organization }: EvaluationContext) => organization as string;
    const own = await openFlags(await world.client(), { tenantOf });
    expect(await own.flags.getBooleanValue('boolean-flag', false, { organization: 'acme' })).toBe(true);
    const none = await own.flags.getBooleanDetails('boolean-flag', false);
    expect(none).toMatchObject({ errorCode: 'TARGETING_KEY_MISSING' });
    const failing = await openFlags(await world.client(), {
      tenantOf: () => {
        throw new RangeError('s3cr3t');
      },
    });
    const details = await failing.flags.getBooleanDetails('boolean-flag', false);
    expect(details).toMatchObject({ value: false, errorCode: 'INVALID_CONTEXT' });
    expect(details.errorMessage).toBe('`tenantOf` has thrown RangeError.');
  });
});

describe('a flag that is switched off', () => {
  const isDisabled = (value: unknown) => (value as { enabled?: boolean } | null)?.enabled === false;

  // R20 (reader): DISABLED
  it('gives the caller’s default, without an error and without a variant, with all of its fields', async () => {
    const own = await openFlags(await world.client(), { isDisabled });
    await world.apply('off', configPut(checkout, 4, { newFlow: true, limits: { most: 5 }, enabled: false }));
    await world.apply('on', configPut(checkout, 4, { newFlow: true, limits: { most: 5 }, enabled: true }));
    own.flags.setContext({ targetingKey: 'off' });
    const off = { reason: 'DISABLED', flagMetadata: { version: 4, scope: 'tenants/off' } };
    expect(await own.flags.getObjectDetails('checkout', { a: 1 })).toEqual({
      flagKey: 'checkout',
      value: { a: 1 },
      ...off,
    });
    const newFlow = await own.flags.getBooleanDetails('checkout.newFlow', false);
    expect(newFlow).toEqual({ flagKey: 'checkout.newFlow', value: false, ...off });
    expect(await own.flags.getNumberDetails('checkout.limits.most', 1)).toMatchObject({ value: 1, ...off });
    expect(await own.flags.getNumberDetails('checkout.limits.most', 0.1)).toMatchObject({ value: 0.1, ...off });
    expect(await own.flags.getObjectDetails('checkout.limits', {})).toMatchObject({ value: {}, ...off });
    expect(await own.flags.getStringDetails('checkout', 'bye')).toMatchObject({ value: 'bye', ...off });
    own.flags.setContext({ targetingKey: 'on' });
    expect(await own.flags.getBooleanDetails('checkout.newFlow', false)).toMatchObject({
      value: true,
      reason: 'STATIC',
    });
    expect(await own.flags.getBooleanDetails('boolean-flag', false, { targetingKey: 'acme' })).toMatchObject({
      reason: 'STATIC',
    });
  });

  it('is one whose config was deregistered', async () => {
    await world.apply('gone', configPut(flag, 1, true));
    const context = { targetingKey: 'gone' };
    expect(await flags.getBooleanDetails('boolean-flag', false, context)).toMatchObject({
      value: true,
      reason: 'STATIC',
    });
    await world.apply('gone', configRetired(flag, 1));
    await eventually(async () =>
      expect(await flags.getBooleanDetails('boolean-flag', false, context)).toMatchObject({
        value: false,
        reason: 'DISABLED',
      }),
    );
  });

  it('is told without the values that `isDisabled` failed for', async () => {
    const own = await openFlags(await world.client(), {
      isDisabled: value => {
        throw new Error(`cannot judge ${JSON.stringify(value)}`);
      },
    });
    const details = await own.flags.getStringDetails('string-flag', 'bye');
    expect(details).toMatchObject({
      value: 'bye',
      errorCode: 'GENERAL',
      errorMessage: '`isDisabled` has thrown Error.',
    });
  });
});
