import { TenantryError } from '@tenantry/protocol';
import { eventually, seededRandom } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import type { Client } from '../../create-client.ts';
import { nullable, range, token, writer } from '../../layered.fixture.ts';
import { WORLDS, type World } from '../../world.fixture.ts';

async function startIn(world: World) {
  const troubles: unknown[] = [];
  const client = await world.client({ onTrouble: error => troubles.push(error) });
  const acme = client.tenant('acme');
  return { world, client, acme, troubles, ...writer(world), [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

describe.each(WORLDS)('explain, from $from', ({ startWorld }) => {
  const start = () => startIn(startWorld());

  // R13 (reader)
  it('shows what each scope says, and where each part of the value is from', async () => {
    await using world = await start();
    const { acme, set, groups } = world;
    await set('*', range, { max: 50, note: 'all' });
    await set('acme', range, { note: null });
    await groups('acme', 'eu');
    await acme.get(range);
    expect(acme.explain(range)).toEqual({
      value: { min: 0, max: 50, note: null },
      layers: [
        { scope: 'tenants/acme', version: 1, value: { note: null }, kind: 'set' },
        { scope: 'groups/eu', version: undefined, value: undefined, kind: 'inherited' },
        { scope: 'global', version: 1, value: { max: 50, note: 'all' }, kind: 'set' },
        { scope: 'default', version: undefined, value: { min: 0, max: 100 }, kind: 'default' },
      ],
      fields: [
        { path: '/min', scope: 'default' },
        { path: '/max', scope: 'global' },
        { path: '/note', scope: 'tenants/acme' },
      ],
    });
  });

  it('tells null from unset from never set: of a field, and of a record', async () => {
    // R13 (reader)
    await using world = await start();
    const { acme, set, unset, groups } = world;
    await groups('acme', 'eu');
    await set('*', range, { min: 1, max: 50, note: 'all' });
    await set('@eu', range, { min: 2, note: 'eu' });
    await set('acme', range, { note: null });
    expect(await acme.get(range)).toEqual({ min: 2, max: 50, note: null });
    expect(acme.explain(range)?.fields).toEqual([
      { path: '/min', scope: 'groups/eu' },
      { path: '/max', scope: 'global' },
      { path: '/note', scope: 'tenants/acme' },
    ]);
    await unset('acme', range);
    await eventually(() => expect(acme.peek(range)).toEqual({ min: 2, max: 50, note: 'eu' }));
    expect(acme.explain(range)?.layers.map(({ scope, kind }) => [scope, kind])).toEqual([
      ['tenants/acme', 'unset'],
      ['groups/eu', 'set'],
      ['global', 'set'],
      ['default', 'default'],
    ]);
    await set('acme', nullable, null);
    await set('@eu', nullable, 5);
    expect(await acme.get(nullable)).toBeNull();
    const kinds = () => acme.explain(nullable)?.layers.map(({ kind }) => kind);
    expect(kinds()).toEqual(['null', 'set', 'inherited', 'default']);
  });

  // R18 (reader): nobody can reveal a secret by `explain`; `get` gives it to the code that uses it.
  it('never shows a secret, and says which scope it is from', async () => {
    await using world = await start();
    await world.set('*', token, { key: 'hunter2' });
    await world.acme.get(token);
    expect(world.acme.explain(token)).toMatchObject({
      value: { key: '******' },
      layers: [{ kind: 'inherited' }, { scope: 'global', version: 1, value: { key: '******' }, kind: 'set' }],
      fields: [{ path: '', scope: 'global' }],
    });
    expect(JSON.stringify(world.acme.explain(token))).not.toContain('hunter2');
  });

  it('is one object until something changes in a scope, and never an old one', async () => {
    await using world = await start();
    const { acme, set, unset, groups } = world;
    await set('*', range, { max: 50 });
    await set('acme', range, { note: 'acme' });
    await acme.get(range);
    const first = acme.explain(range);
    expect(acme.explain(range)).toBe(first);
    const kinds = () => acme.explain(range)?.layers.map(({ scope, kind, version }) => [scope, kind, version]);
    await unset('acme', range);
    await eventually(() => expect(kinds()?.[0]).toEqual(['tenants/acme', 'unset', 2]));
    // The value is the same: only the last version of what is gone is another one.
    await set('acme', range, { note: 'acme' });
    await unset('acme', range);
    await eventually(() => expect(kinds()?.[0]).toEqual(['tenants/acme', 'unset', 4]));
    await groups('acme', 'eu');
    await eventually(async () => {
      // What the group says is read first.
      await acme.get(range);
      expect(kinds()?.[1]).toEqual(['groups/eu', 'inherited', undefined]);
    });
    expect(acme.explain(range)).toBe(acme.explain(range));
  });

  it('refuses what is no config', async () => {
    await using world = await start();
    expect(() => world.acme.explain({} as never)).toThrow(TenantryError);
  });

  const random = seededRandom();
  it(`agrees with get, peek, entry and a reader that comes later, whatever is written (seed ${random.seed})`, async () => {
    await using world = await start();
    const { client, world: at, set, unset, groups } = world;
    const tenants = ['acme', 'other'];
    const scopes = [...tenants, '@a', '@b', '@c', '*'];
    const values = [
      () => ({ min: random.int(0, 9) }),
      () => ({ max: random.int(9, 99) }),
      () => ({ note: random.pick([null, 'x', 'y']) }),
      () => ({ min: random.int(0, 9), note: 'z' }),
    ];
    for (let round = 0; round < 12; round++) {
      for (let change = 0; change < 5; change++) {
        const where = random.pick(scopes);
        if (random.chance(0.3) && where !== '*') {
          // No cycle: a group is only in those behind it.
          const above = ['a', 'b', 'c'].filter(name => !where.startsWith('@') || `@${name}` > where);
          await groups(where, ...random.shuffle(above).filter(() => random.chance(0.6)));
        } else if (random.chance(0.2)) await unset(where, range);
        else await set(where, range, random.pick(values)());
      }
      await using fresh: Client & AsyncDisposable = await at.client();
      for (const tenant of tenants) {
        const reader = client.tenant(tenant);
        const expected = await fresh.tenant(tenant).get(range);
        await eventually(async () => JSON.stringify(await reader.get(range)) === JSON.stringify(expected));
        const explanation = reader.explain(range);
        expect(explanation?.value).toEqual(expected);
        expect(reader.peek(range)).toBe(explanation?.value);
        expect((await reader.entry(range)).value).toBe(explanation?.value);
        expect(fresh.tenant(tenant).explain(range)?.fields).toEqual(explanation?.fields);
      }
    }
  });
});
