import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../memory/entry.ts';
import { configPut, configRetired, limits } from '../published-configs.fixture.ts';
import { WORLDS } from '../world.fixture.ts';

describe.each(WORLDS)('from $from', ({ startWorld }) => {
  it('ends the watches of a config that is deregistered, after they have heard why, and nobody else’s', async () => {
    await using world = startWorld();
    await world.apply('acme', configPut(limits, 5, { most: 3 }));
    const client = await world.client();
    const acme = client.tenant('acme');
    const values: unknown[] = [];
    const entries: Entry<unknown>[] = [];
    const other: string[] = [];
    acme.watch(limits).subscribe({ next: value => values.push(value), complete: () => values.push('completed') });
    acme.watchEntry(limits).subscribe({ next: entry => entries.push(entry), complete: () => other.push('completed') });
    const elsewhere = client
      .tenant('other')
      .watch(limits)
      .subscribe({ complete: () => other.push('of another tenant') });
    await eventually(() => expect(entries.at(-1)).toMatchObject({ value: { most: 3 }, stale: false }));
    expect(entries.at(-1)).not.toHaveProperty('ended');

    await world.apply('acme', configRetired(limits, 5));
    await eventually(() => expect(values).toEqual([{ most: 3 }, undefined, 'completed']));
    expect(entries.at(-1)).toMatchObject({ value: undefined, stale: false, ended: 'deregistered' });
    expect(other).toEqual(['completed']);
    expect(await acme.entry(limits)).toMatchObject({ value: undefined, ended: 'deregistered' });
    elsewhere.unsubscribe();
  });

  it('is readable again as soon as it is put, be it at the same version, also for those who began to watch meanwhile', async () => {
    await using world = startWorld();
    await world.apply('acme', configPut(limits, 5, { most: 3 }));
    const acme = (await world.client()).tenant('acme');
    expect(await acme.get(limits)).toEqual({ most: 3 });
    await world.apply('acme', configRetired(limits, 5));
    await eventually(() => expect(acme.peekEntry(limits)).toMatchObject({ ended: 'deregistered' }));
    const values: unknown[] = [];
    const watching = acme
      .watch(limits)
      .subscribe({ next: value => values.push(value), complete: () => values.push('completed') });
    await world.apply('acme', { ...configPut(limits, 5, { most: 3 }), evenIfKnown: true });
    await eventually(() => expect(values).toEqual([undefined, { most: 3 }]));
    expect(acme.peekEntry(limits)).not.toHaveProperty('ended');
    watching.unsubscribe();
  });

  it('does not end what a newer version has replaced already', async () => {
    await using world = startWorld();
    const acme = (await world.client()).tenant('acme');
    const values: unknown[] = [];
    const watching = acme
      .watch(limits)
      .subscribe({ next: value => values.push(value), complete: () => values.push('completed') });
    await world.apply('acme', configPut(limits, 6, { most: 4 }), configRetired(limits, 5));
    await eventually(() => expect(values.at(-1)).toEqual({ most: 4 }));
    expect(await acme.get(limits)).toEqual({ most: 4 });
    watching.unsubscribe();
  });
});
