import { defineConfig } from '@tenantry/protocol';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createClient } from '../create-client.ts';
import { range } from '../layered.fixture.ts';
import { feature } from '../published-configs.fixture.ts';
import { currencies, planById } from '../world.fixture.ts';
import { type BootstrapValue, bootstrapValue, checkBootstrap } from './bootstrap.ts';

const plan = { tenantId: 'acme', id: 1, slug: 'gold', seats: 1 };
const euro = currencies.by('code', { code: 'EUR' });

describe('bootstrap', () => {
  it('has values by tenant and address, as readers get them: read-only, and through the schema', () => {
    const sized = defineConfig({ name: 'sized', schema: z.string().transform(text => text.length) });
    const given = { ...plan };
    const bootstrap = checkBootstrap([
      bootstrapValue(planById(1), given, 'acme'),
      bootstrapValue(euro, { code: 'EUR', digits: 2 }),
      { ref: sized, value: 'four', tenant: 7 },
    ]);
    given.seats = 99;
    expect(bootstrap.get('acme')?.get(planById(1).address)).toEqual(plan);
    expect(Object.isFrozen(bootstrap.get('acme')?.get(planById(1).address))).toBe(true);
    expect([...bootstrap.values()].flatMap(values => [...values.values()])).toContainEqual({ code: 'EUR', digits: 2 });
    expect(bootstrap.get('7')?.get(sized.address)).toBe(4);
  });

  it.each<[string, unknown, string]>([
    ['no list', {}, 'INVALID_OPTION'],
    ['no ref', [{ ref: 'feature', value: {} }], 'INVALID_KEY'],
    ['nothing', [undefined], 'INVALID_KEY'],
    ['a value that the schema refuses', [{ ref: feature, value: { on: 1 }, tenant: 'acme' }], 'INVALID_VALUE'],
    ['a value that is no JSON', [{ ref: feature, value: { on: 1n }, tenant: 'acme' }], 'NOT_JSON'],
    ['a config that is inherited', [bootstrapValue(range, { min: 0, max: 1 }, 'acme')], 'INVALID_OPTION'],
    ['no tenant', [{ ref: feature, value: { on: true } }], 'INVALID_TENANT'],
    ['a tenant too many', [{ ref: euro, value: { code: 'EUR', digits: 2 }, tenant: 'acme' }], 'INVALID_TENANT'],
    ['no row', [{ ref: planById(1), value: 7, tenant: 'acme' }], 'INVALID_VALUE'],
    ['the row of another key', [{ ref: planById(2), value: plan, tenant: 'acme' }], 'INVALID_KEY'],
    [
      'a row that cannot be encoded',
      [{ ref: planById(1), value: { ...plan, f: () => 1 }, tenant: 'acme' }],
      'PAYLOAD_UNENCODABLE',
    ],
    [
      'one twice',
      [bootstrapValue(euro, { code: 'EUR', digits: 2 }), bootstrapValue(euro, { code: 'EUR', digits: 3 })],
      'INVALID_OPTION',
    ],
  ])('with %s is refused before anything else', async (_, bootstrap, code) => {
    // There is no such server: it is not tried.
    const refused = createClient({ redis: 'redis://127.0.0.1:1', bootstrap: bootstrap as BootstrapValue[] });
    await expect(refused).rejects.toMatchObject({ code });
  });

  it.each([
    [{ path: '' }, /`path` must be the path of a file/],
    [{ path: 'a', maxAgeMs: 0 }, /`maxAgeMs` must be a whole number/],
    [{ path: 'a', writeEveryMs: 1 }, /`writeEveryMs` must be a whole number/],
    [{ path: 'a', maxAge: 1 }, /no option "maxAge"/],
    ['a', /`snapshotFile` must be an object/],
  ])('a snapshotFile that cannot be is refused: %o', async (snapshotFile, message) => {
    const refused = createClient({ redis: 'redis://127.0.0.1:1', snapshotFile: snapshotFile as { path: string } });
    await expect(refused).rejects.toThrow(message);
  });
});
