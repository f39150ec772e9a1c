import { describe, expect, it } from 'vitest';
import { mode, seats } from '../../../../admin/src/admin.fixture.ts';
import { lab, tenantry, useCliLab } from '../../cli.fixture.ts';

useCliLab();
let tenants = 0;
const fresh = () => `t${++tenants}`;

describe('a config', () => {
  it('is set, shown and listed', async () => {
    const tenant = fresh();
    expect(await tenantry(['set', tenant, 'seats', 'seats=5', 'name=Gold', '-m', 'T-1'])).toEqual({
      ...{ code: 0, err: '', out: `seats of tenants/${tenant}: version 1\n` },
    });
    expect(await lab.store.tenant(tenant).get(seats)).toMatchObject({ value: { seats: 5, name: 'Gold' } });
    const raw = await tenantry(['get', tenant, 'seats', '--raw']);
    expect(raw).toMatchObject({ code: 0, out: '{"seats":5,"name":"Gold"}\n' });
    const { out } = await tenantry(['get', tenant, 'seats', '-o', 'json']);
    expect(JSON.parse(out)).toMatchObject({
      scope: `tenants/${tenant}`,
      version: 1,
      value: { seats: 5 },
      effective: {},
    });
    const list = await tenantry(['list', tenant]);
    expect(list.out).toMatch(/^CONFIG +STATE +FROM +VERSION/);
    expect(list.out).toContain('\nseats');
  });

  it('that somebody else has written is not written over: 3, and both versions are named', async () => {
    const tenant = fresh();
    await lab.store.tenant(tenant).set(mode, 'on');
    const late = await tenantry(['set', tenant, 'mode', '"off"', '--if-version', '7']);
    expect(late).toMatchObject({ code: 3, out: '' });
    expect(late.err).toBe(
      `tenantry: CONFLICT: mode of tenants/${tenant} is at version 1, not at version 7: nothing was written.\n`,
    );
  });
});
