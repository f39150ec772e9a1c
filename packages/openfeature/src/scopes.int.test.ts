import { eventually } from '@tenantry/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { menu, plan, range, token, writer } from '../../sdk/src/layered.fixture.ts';
import { startWorld, type World } from '../../sdk/src/world.fixture.ts';
import { openFlags } from './flags.fixture.ts';

type Opened = Awaited<ReturnType<typeof openFlags>>;

let world: World;
let written: ReturnType<typeof writer>;
let flags: Opened['flags'];
let opened: Opened;
beforeAll(async () => {
  world = startWorld();
  written = writer(world);
  const { set, groups } = written;
  await set('*', plan, { seats: 5 });
  await set('@eu', plan, { seats: 6 });
  await set('acme', plan, { seats: 7 });
  await groups('acme', 'eu');
  await groups('globex', 'eu');
  await set('*', range, { max: 50 });
  await set('@eu', range, { note: 'eu' });
  await set('acme', range, { max: 60 });
  await set('acme', token, { key: 'hunter2' });
  await set('*', token, { key: 'hunter1' });
  opened = await openFlags(await world.client(), { configs: [plan, range, token] });
  flags = opened.flags;
});
afterAll(() => world[Symbol.asyncDispose]());

const of = (tenant: string) => ({ targetingKey: tenant });

// R20, R21 (reader): TARGETING_MATCH
describe('a flag that is inherited', () => {
  it.each([
    ['acme', 7, 'TARGETING_MATCH', 'tenants/acme'],
    ['globex', 6, 'TARGETING_MATCH', 'groups/eu'],
    ['initech', 5, 'STATIC', 'global'],
  ])(
    'has the value of the nearest scope, and says whose it is and whether it overrides: %s',
    async (tenant, ...told) => {
      const [value, reason, scope] = told;
      const details = await flags.getNumberDetails('plan.seats', 0, of(tenant));
      expect(details).toMatchObject({ value, reason, variant: 'v1', flagMetadata: { version: 1, scope } });
      expect(await flags.getObjectDetails('plan', {}, of(tenant))).toMatchObject({ reason, flagMetadata: { scope } });
    },
  );

  it.each([
    ['acme', 'range.max', 60, 'TARGETING_MATCH', 'tenants/acme'],
    ['globex', 'range.max', 50, 'STATIC', 'global'],
    ['acme', 'range.note', 'eu', 'STATIC', 'groups/eu'],
    ['acme', 'range.min', 0, 'DEFAULT', 'default'],
  ])('that is merged says it of the field that is asked for: %s, %s', async (tenant, key, value, reason, scope) => {
    const details =
      typeof value === 'string'
        ? await flags.getStringDetails(key, '', of(tenant))
        : await flags.getNumberDetails(key, -1, of(tenant));
    expect(details).toMatchObject({ value, reason, flagMetadata: { scope } });
    if (scope === 'default') expect(details).not.toHaveProperty('variant');
    else expect(details.variant).toBe('v1');
  });

  it('is told anew when a farther scope begins to say something that changes neither value nor version', async () => {
    const { set, groups } = written;
    await groups('hooli', 'late');
    await set('hooli', range, { note: 'own' });
    const evaluate = () => flags.getStringDetails('range.note', '', of('hooli'));
    await eventually(async () => expect(await evaluate()).toMatchObject({ value: 'own', reason: 'STATIC' }));
    expect((await evaluate()).reason).toBe('STATIC');
    await set('@late', range, { note: 'late' });
    await eventually(async () => expect(await evaluate()).toMatchObject({ value: 'own', reason: 'TARGETING_MATCH' }));
  });

  it('is the same answer for each caller, made once, until something of it changes', async () => {
    const { set } = written;
    const evaluate = () => opened.provider.resolveNumberEvaluation('plan.seats', 0, of('wonka'), console);
    await set('wonka', plan, { seats: 8 });
    await eventually(async () => expect((await evaluate()).value).toBe(8));
    const before = evaluate();
    expect(evaluate()).toBe(before);
    expect(await opened.provider.resolveStringEvaluation('plan.seats', '', of('wonka'), console)).toMatchObject({
      errorCode: 'TYPE_MISMATCH',
    });
    await set('wonka', plan, { seats: 9 });
    await eventually(async () => expect((await evaluate()).value).toBe(9));
    expect(await before).toMatchObject({ value: 8, variant: 'v1' });
  });

  it('that is merged says of the whole value which the nearest scope is that has a part of it', async () => {
    expect(await flags.getObjectDetails('range', {}, of('acme'))).toMatchObject({
      ...{ value: { min: 0, max: 60, note: 'eu' }, reason: 'TARGETING_MATCH' },
      flagMetadata: { scope: 'tenants/acme' },
    });
    expect(await flags.getObjectDetails('range', {}, of('initech'))).toMatchObject({
      ...{ value: { min: 0, max: 50 }, reason: 'STATIC' },
      flagMetadata: { scope: 'global' },
    });
  });

  it('in a list that is merged by a key overrides the item of that key, wherever it stands in the lists behind', async () => {
    await using lists = startWorld();
    const { set, groups } = writer(lists);
    await set('*', menu, { items: [{ id: 'a' }] });
    await set('@eu', menu, { items: [{ id: 'b', n: 5 }] });
    await set('acme', menu, {
      items: [
        { id: 'b', n: 6 },
        { id: 'a', n: 7 },
        { id: 'c', n: 8 },
      ],
    });
    await groups('acme', 'eu');
    const { flags } = await openFlags(await lists.client(), { configs: [menu] });
    const told = async (key: string) => {
      const { value, reason, flagMetadata } = await flags.getNumberDetails(`menu.items.${key}.n`, 0, of('acme'));
      return [value, reason, flagMetadata.scope];
    };
    // Twice: what is remembered says the same.
    for (const _ of ['found', 'remembered']) {
      expect(await told('0')).toEqual([7, 'STATIC', 'tenants/acme']);
      expect(await told('1')).toEqual([6, 'TARGETING_MATCH', 'tenants/acme']);
      expect(await told('2')).toEqual([8, 'STATIC', 'tenants/acme']);
    }
    await set('@eu', menu, { items: [{ id: 'c', n: 5 }] });
    // Now the items are a, c, b.
    await eventually(async () => expect(await told('1')).toEqual([8, 'TARGETING_MATCH', 'tenants/acme']));
    expect(await told('2')).toEqual([6, 'STATIC', 'tenants/acme']);
  });

  it('of a secret has its value, and nothing of it in what is told of it', async () => {
    const { value, ...about } = await flags.getStringDetails('token.key', '', of('acme'));
    expect(value).toBe('hunter2');
    expect(about).toMatchObject({ reason: 'TARGETING_MATCH', flagMetadata: { scope: 'tenants/acme' } });
    expect(JSON.stringify(about)).not.toContain('hunter');
  });

  it('is set nowhere: the default', async () => {
    await using bare = startWorld();
    const { flags: unset } = await openFlags(await bare.client(), { configs: [plan] });
    expect(await unset.getNumberDetails('plan.seats', 0, of('acme'))).toMatchObject({
      ...{ value: 1, reason: 'DEFAULT', flagMetadata: { scope: 'default' } },
    });
  });

  it('is told of with the scope in which it changed, and all of them where groups change', async () => {
    const { set, groups } = written;
    for (const key of ['plan.seats', 'range.max']) await flags.getNumberValue(key, 0, of('umbrella'));
    opened.listen();
    const changes = () => opened.changes.map(({ flagsChanged, metadata }) => [flagsChanged, metadata]);
    await set('*', plan, { seats: 8 });
    await eventually(() => expect(changes()).toEqual([[['plan'], { scope: 'global' }]]));
    expect(await flags.getNumberValue('plan.seats', 0, of('umbrella'))).toBe(8);
    await groups('umbrella', 'eu');
    await eventually(() =>
      expect(changes().slice(1)).toEqual([
        [['plan', 'range', 'token'], { scope: 'tenants/umbrella', tenant: 'umbrella' }],
      ]),
    );
    await eventually(async () => expect(await flags.getNumberValue('plan.seats', 0, of('umbrella'))).toBe(6));
  });
});
