import type { EvaluationDetails, FlagValue, JsonValue } from '@openfeature/server-sdk';
import { defineConfig } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configPut, PATIENT } from '../../sdk/src/published-configs.fixture.ts';
import { tableSource } from '../../sdk/src/reads/table-source.fixture.ts';
import { startWorld, type World } from '../../sdk/src/world.fixture.ts';
import { checkout, dotted, flag, openFlags, setFlags, typed } from './flags.fixture.ts';

type Flags = Awaited<ReturnType<typeof openFlags>>['flags'];

let world: World;
let flags: Flags;
beforeAll(async () => {
  world = startWorld();
  await setFlags(world);
  ({ flags } = await openFlags(await world.client()));
});
afterAll(() => world[Symbol.asyncDispose]());

/** Evaluates by the type that a name stands for. */
function detailsOf(
  type: string,
  key: string,
  fallback: unknown,
  of: Flags = flags,
): Promise<EvaluationDetails<FlagValue>> {
  if (type === 'boolean') return of.getBooleanDetails(key, fallback as boolean);
  if (type === 'string') return of.getStringDetails(key, fallback as string);
  if (type === 'integer' || type === 'float') return of.getNumberDetails(key, fallback as number);
  return of.getObjectDetails(key, fallback as JsonValue);
}

const FALLBACKS: Record<string, unknown> = {
  boolean: false,
  string: 'bye',
  integer: 1,
  float: 0.1,
  object: { a: 1 },
  list: [9],
  nothing: 7,
};
const TYPES = Object.keys(FALLBACKS) as (keyof typeof typed)[];

// R20 (reader): the scenarios of OpenFeature's own suites (its specification's `evaluation_v2`, flagd's `metadata`, `disabled` and `events`) that
// are about a provider have a test in this package. These have none:
// - rules over attributes of the context (targeting, an empty context, null and several attributes): a tenant's value has no rules, so only the
//   tenant in the context counts; its overrides are TARGETING_MATCH (`scopes.int.test.ts`), what nobody set is DEFAULT.
// - metadata of a flag set, and metadata that a flag defines: `flagMetadata` says where a value is from, and configs have no other.
// - no metadata at all: there is always the scope.
// - flag sets that a selector chooses between, one of them with the flag disabled: a tenant has one value of a config.
// - ERROR after a grace of STALE: STALE lasts as long as anything can be served.
// - asynchronous beside synchronous evaluation: OpenFeature's server SDK has only the former.
describe('a flag that is set', () => {
  // R20, R21 (reader): resolve values, zero values, details, variants, structures
  it.each(TYPES)('gives its value, variant, reason and metadata: %s', async type => {
    const [config, value, zero, zeroValue] = typed[type];
    const details = { variant: 'v3', reason: 'STATIC', flagMetadata: { version: 3, scope: 'tenants/acme' } };
    const first = await detailsOf(type, config.name, FALLBACKS[type]);
    expect(first).toEqual({ flagKey: config.name, value, ...details });
    expect(await detailsOf(type, zero.name, type === 'boolean' ? true : FALLBACKS[type])).toEqual({
      flagKey: zero.name,
      value: zeroValue,
      ...details,
    });
    expect(await detailsOf(type, config.name, FALLBACKS[type])).toEqual(first);
  });

  // R20, R21 (reader): metadata, immutability
  it('has only text, numbers and booleans in its metadata, and nobody can change them', async () => {
    const { flagMetadata } = await flags.getBooleanDetails('boolean-flag', false);
    expect(flagMetadata).toEqual({ version: 3, scope: 'tenants/acme' });
    expect(() => Object.assign(flagMetadata, { version: 4 })).toThrow(TypeError);
    for (const value of Object.values(flagMetadata)) expect(['string', 'number', 'boolean']).toContain(typeof value);
    expect(Object.isFrozen(flagMetadata)).toBe(true);
  });

  it('gives a field of its value by its path', async () => {
    expect(await flags.getBooleanDetails('checkout.newFlow', false)).toMatchObject({ value: true, variant: 'v3' });
    expect(await flags.getNumberValue('checkout.limits.most', 0)).toBe(5);
    expect(await flags.getNumberValue('list-flag.1', 0)).toBe(2);
    expect(await flags.getObjectValue('checkout.limits', {})).toEqual({ most: 5 });
  });

  it('is the tenant’s own, and the context is only read', async () => {
    await world.apply('globex', configPut(flag, 8, false));
    // R20 (reader): the context is not modified
    const context = { targetingKey: 'globex', more: { list: [1] } };
    const before = structuredClone(context);
    expect(await flags.getBooleanDetails('boolean-flag', true, context)).toMatchObject({ value: false, variant: 'v8' });
    expect(context).toEqual(before);
    expect(await flags.getBooleanDetails('boolean-flag', false)).toMatchObject({ value: true, variant: 'v3' });
  });

  // R20 (reader): hooks of an evaluation
  it('runs the hooks of an evaluation in their order', async () => {
    const ran: string[] = [];
    const hook = (name: string) => ({
      before: () => void ran.push(`before ${name}`),
      after: () => void ran.push(`after ${name}`),
    });
    await flags.getBooleanValue('boolean-flag', false, {}, { hooks: [hook('one'), hook('two')] });
    expect(ran).toEqual(['before one', 'before two', 'after two', 'after one']);
  });
});

describe('a flag without a value', () => {
  // R21 (reader)
  it('gives the default of the definition, be it false, and says so', async () => {
    const details = await flags.getBooleanDetails('defaulted', true);
    expect(details).toEqual({
      flagKey: 'defaulted',
      value: false,
      reason: 'DEFAULT',
      flagMetadata: { scope: 'default' },
    });
  });

  it('gives the caller’s default where the definition has none, and that is no error', async () => {
    for (const fallback of [true, false]) {
      const details = await flags.getBooleanDetails('never-set', fallback);
      expect(details).toMatchObject({ value: fallback, reason: 'DEFAULT' });
      expect(details).not.toHaveProperty('errorCode');
      expect(details).not.toHaveProperty('variant');
    }
  });

  // R20, R21 (reader): flag not found, the message of an error
  it.each(TYPES)('is not found where no config is named by the key: %s', async type => {
    const details = await detailsOf(type, 'non-existent-flag', FALLBACKS[type]);
    expect(details).toMatchObject({ value: FALLBACKS[type], reason: 'ERROR', errorCode: 'FLAG_NOT_FOUND' });
    expect(details.errorMessage).toContain('"non-existent-flag"');
  });

  it.each([
    'checkout.newflow',
    'checkout.',
    'checkout.limits.most.more',
    'checkout.constructor',
    'checkout.__proto__',
    '.',
    '',
  ])('is not found where the path leads nowhere: "%s"', async key => {
    const details = await flags.getObjectDetails(key, { a: 1 });
    expect(details).toMatchObject({ value: { a: 1 }, reason: 'ERROR', errorCode: 'FLAG_NOT_FOUND' });
  });
});

// R20, R21 (reader): type mismatch, with the caller's default
describe('a value of another type', () => {
  it.each([
    ['boolean', 'string-flag'],
    ['boolean', 'null-flag'],
    ['string', 'boolean-flag'],
    ['string', 'checkout.limits'],
    ['integer', 'boolean-flag'],
    ['integer', 'string-flag'],
    ['float', 'boolean-flag'],
    ['float', 'string-zero-flag'],
    ['object', 'string-flag'],
    ['object', 'boolean-flag'],
    ['object', 'integer-zero-flag'],
  ])('gives the caller’s default, and no word of the value: %s of %s', async (type, key) => {
    const details = await detailsOf(type, key, FALLBACKS[type]);
    expect(details).toMatchObject({ value: FALLBACKS[type], reason: 'ERROR', errorCode: 'TYPE_MISMATCH' });
    expect(details.errorMessage).toMatch(/is of type (boolean|string|number|object|null), not /);
    expect(details.errorMessage).not.toMatch(/hi\b|most/);
  });

  it('is what JSON does not have, such as a date', async () => {
    const stamp = defineConfig({ name: 'stamp', schema: z.coerce.date(), ...PATIENT });
    await world.apply('acme', configPut(stamp, 1, new Date(5)));
    const own = await openFlags(await world.client(), { configs: [stamp] });
    const details = await own.flags.getObjectDetails('stamp', { a: 1 });
    expect(details).toMatchObject({ value: { a: 1 }, errorCode: 'TYPE_MISMATCH' });
    expect(details.errorMessage).toContain('is of type Date, not object');
  });
});

// R20, R21, want 11 (reader): CACHED
it('a value that a source gave is CACHED as long as its ttl says that it is fresh', async () => {
  const timed = defineConfig({ name: 'timed', schema: z.boolean(), ttl: '1h', ...PATIENT });
  const source = tableSource();
  source.set(timed, 2, true);
  const own = await openFlags(await world.client({ source }), { configs: [timed] });
  expect(await own.flags.getBooleanDetails('timed', false)).toMatchObject({ value: true, reason: 'STATIC' });
  expect(await own.flags.getBooleanDetails('timed', false)).toMatchObject({
    value: true,
    reason: 'CACHED',
    variant: 'v2',
  });
  // Without a source the feed keeps it current.
  const fed = await openFlags(await world.client(), { configs: [timed] });
  expect(await fed.flags.getBooleanDetails('timed', false)).toMatchObject({ reason: 'STATIC' });
  expect(await fed.flags.getBooleanDetails('timed', false)).toMatchObject({ reason: 'STATIC' });
});

it('a key is the longest name that fits, or the one that an object of configs gives it', async () => {
  await world.apply('acme', configPut(dotted, 5, true));
  expect(await flags.getBooleanDetails('checkout.newFlow.beta', false)).toMatchObject({ value: true, variant: 'v5' });
  const own = await openFlags(await world.client(), { configs: { fresh: checkout } });
  expect(await own.flags.getBooleanValue('fresh.newFlow', false)).toBe(true);
  expect(await own.flags.getBooleanDetails('checkout.newFlow', false)).toMatchObject({ errorCode: 'FLAG_NOT_FOUND' });
});

it('many tenants are held by nobody: the client lets them go as it does without a provider', async () => {
  const client = await world.client({ maxTenants: 50, idleMs: 100 });
  const own = await openFlags(client);
  for (let i = 0; i < 200; i++)
    expect(await own.flags.getBooleanValue('defaulted', true, { targetingKey: `t${i}` })).toBe(false);
  await eventually(() => expect(client.stats().tenants).toBeLessThanOrEqual(51));
  expect(client.stats().watched).toBe(0);
});
