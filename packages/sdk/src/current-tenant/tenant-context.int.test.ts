import { setImmediate as nextTurn } from 'node:timers/promises';
import { defineConfig, GLOBAL_TENANT } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Client } from '../create-client.ts';
import { configPut, PATIENT } from '../published-configs.fixture.ts';
import { currencies, currencyPut, planById, planPut, startWorld, type World } from '../world.fixture.ts';
import { createTenantContext, type TenantContext } from './tenant-context.ts';

const grouped = defineConfig({ name: 'grouped', schema: z.number(), default: 0, group: 'looks', ...PATIENT });

let world: World;
let client: Client;
let current: TenantContext;

beforeAll(async () => {
  world = startWorld();
  client = await world.client();
  current = createTenantContext(client);
  await world.apply('acme', planPut({ id: 1, version: 1, seats: 5 }));
  await world.apply('globex', planPut({ id: 1, version: 1, seats: 7 }));
});
afterAll(() => world[Symbol.asyncDispose]());

const seats = async (): Promise<number | null | undefined> => (await current.client().get(planById(1)))?.seats;

describe('a tenant context', () => {
  it('reads as the tenant of the run, also after awaits, timers and events', async () => {
    const read = () =>
      current.run('acme', async () => {
        await nextTurn();
        const inTimer = await new Promise(resolve => setTimeout(() => resolve(current.id()), 1));
        return [await seats(), current.client().peek(planById(1))?.seats, inTimer];
      });
    expect(await read()).toEqual([5, 5, 'acme']);
  });

  it('keeps a hundred runs apart that go on at the same time', async () => {
    const all = Array.from({ length: 100 }, (_, i) => (i % 2 ? 'acme' : 'globex'));
    const read = (tenant: string, turns: number) =>
      current.run(tenant, async () => {
        for (let turn = 0; turn < turns; turn++) await nextTurn();
        const first = await seats();
        await nextTurn();
        return [current.id(), first, await seats()];
      });
    const answers = await Promise.all(all.map((tenant, i) => read(tenant, i % 7)));
    expect(answers).toEqual(all.map(tenant => (tenant === 'acme' ? ['acme', 5, 5] : ['globex', 7, 7])));
    expect(current.findId()).toBeUndefined();
  });

  it('goes back to the outer tenant where an inner run ends, whether it returns, rejects or throws', async () => {
    const thrown = new Error('thrown');
    await current.run('acme', async () => {
      expect(await current.run('globex', seats)).toBe(7);
      expect(current.id()).toBe('acme');
      await expect(current.run('globex', () => Promise.reject(thrown))).rejects.toBe(thrown);
      expect(() =>
        current.run('globex', () => {
          throw thrown;
        }),
      ).toThrow(thrown);
      expect(await seats()).toBe(5);
    });
  });

  it('calls the handlers of a watch as the tenant that subscribed, whoever brings the change', async () => {
    const seen: [string | undefined, ...unknown[]][] = [];
    const watch = () => {
      current
        .client()
        .watch(planById(2))
        .subscribe(plan => seen.push([current.findId(), plan?.seats]));
      current
        .client()
        .watchEntry(planById(2))
        .subscribe(entry => seen.push([current.findId(), entry.value?.seats, 'entry']));
    };
    current.run('acme', watch);
    current.run('globex', watch);
    await world.apply('acme', planPut({ id: 2, version: 1, seats: 1 }));
    await world.apply('globex', planPut({ id: 2, version: 1, seats: 2 }));
    await eventually(() =>
      expect(seen).toEqual(
        expect.arrayContaining([
          ['acme', 1],
          ['acme', 1, 'entry'],
          ['globex', 2],
          ['globex', 2, 'entry'],
        ]),
      ),
    );
    expect(seen.filter(([tenant]) => tenant === undefined)).toEqual([]);
  });

  it('calls what a view is given as the tenant that asked for the view', async () => {
    const callbacks = ['projection', 'equals', 'select', 'watchMany', 'watchGroup', 'watchAll', 'onChange', 'changes$'];
    const calls = new Set<string>();
    const note = (what: string) => Boolean(calls.add(`${current.findId()} ${what}`));
    const look = () => {
      const tenant = current.client();
      const seatsOf = (plan: { readonly seats: number | null } | undefined) => note('projection') && plan?.seats;
      tenant.select(planById(3), seatsOf, () => !note('equals')).subscribe(() => note('select'));
      tenant.watchMany([planById(3)]).subscribe(() => note('watchMany'));
      tenant.watchGroup('looks', [grouped]).subscribe(() => note('watchGroup'));
      tenant.watchAll([grouped]).subscribe(() => note('watchAll'));
      tenant.live(planById(3)).onChange(() => note('onChange'));
      tenant.changes$().subscribe(() => note('changes$'));
      const steps = { open: () => note('open'), check: () => note('check'), close: () => note('close') };
      tenant.useResource(planById(3), steps);
      void (async () => {
        for await (const _ of tenant.changes$()) note('loop');
      })();
    };
    for (const tenant of ['acme', 'globex']) {
      await world.apply(tenant, planPut({ id: 3, version: 1, seats: 1 }), configPut(grouped, 1, 1));
      current.run(tenant, look);
      await eventually(() => expect(calls).toContain(`${tenant} select`));
      await eventually(() => expect(calls).toContain(`${tenant} open`));
      await eventually(() => expect(calls).toContain(`${tenant} changes$`));
    }
    calls.clear();
    for (const tenant of ['acme', 'globex'])
      await world.apply(tenant, planPut({ id: 3, version: 2, seats: 2 }), configPut(grouped, 2, 2));
    const all = [...callbacks, 'open', 'check', 'close', 'loop'];
    const wanted = ['acme', 'globex'].flatMap(tenant => all.map(what => `${tenant} ${what}`));
    await eventually(() => expect([...calls].sort()).toEqual(wanted.sort()));
  });

  it('gives views that show what those of a client show, and refuse what those refuse', async () => {
    await world.apply('acme', planPut({ id: 4, version: 1, seats: 9 }));
    await current.run('acme', async () => {
      const { live, select, useResource, explain } = current.client();
      using held = live(planById(4));
      await eventually(() => expect([held.value?.seats, held.error]).toEqual([9, undefined]));
      let calls = 0;
      const end = held.onChange(() => calls++);
      end();
      await world.apply('acme', planPut({ id: 4, version: 2, seats: 8 }));
      await eventually(() => expect([held.value?.seats, calls]).toEqual([8, 0]));
      await world.apply('acme', configPut(grouped, 3, 3));
      await eventually(async () => expect(await current.client().get(grouped)).toBe(3));
      expect(explain(grouped)).toMatchObject({ value: 3, fields: [{ scope: 'tenants/acme' }] });
      const refused = expect.objectContaining({ code: 'INVALID_OPTION' });
      expect(() => select(planById(4), undefined as never)).toThrow(refused);
      expect(() => useResource(planById(4), undefined as never)).toThrow(refused);
      expect(() => useResource(planById(4), { open: 5 } as never)).toThrow(refused);
    });
  });

  it('reads what belongs to no tenant in any run', async () => {
    await world.apply(GLOBAL_TENANT, currencyPut('EUR', 2, 1));
    expect(
      (await current.run('acme', () => current.client().get(currencies.by('code', { code: 'EUR' }))))?.digits,
    ).toBe(2);
  });

  it('takes an id in each of its forms for the same tenant', () => {
    expect([42, 42n, '42'].map(id => current.run(id, () => [current.id(), current.findId()]))).toEqual(
      Array(3).fill(['42', '42']),
    );
  });

  it('says NO_TENANT outside of every run, also where another context has one', () => {
    const other = createTenantContext(client);
    for (const call of [() => current.client(), () => current.id(), () => other.run('acme', () => current.id())])
      expect(call).toThrow(expect.objectContaining({ code: 'NO_TENANT', retryable: false }));
  });

  it('refuses an id that is none, and what is no function or no client, before anything runs', () => {
    let calls = 0;
    const refused = (call: () => unknown, code: string) => expect(call).toThrow(expect.objectContaining({ code }));
    for (const id of ['', ' acme', undefined, null, ['acme'], {}, 1.5, 'a\nb'])
      refused(() => current.run(id as string, () => calls++), 'INVALID_TENANT');
    refused(() => current.run('acme', undefined as never), 'INVALID_OPTION');
    refused(() => createTenantContext(undefined as never), 'INVALID_OPTION');
    refused(() => createTenantContext({} as never), 'INVALID_OPTION');
    expect(calls).toBe(0);
  });
});
