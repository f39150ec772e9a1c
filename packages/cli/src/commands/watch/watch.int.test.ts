import { eventually, startFaultProxy } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { mode, seats } from '../../../../admin/src/admin.fixture.ts';
import { lab, startTenantry, tenantry, useCliLab } from '../../cli.fixture.ts';

useCliLab();
const behindProxy = async () => {
  const { hostname, port } = new URL(lab.url);
  const proxy = await startFaultProxy({ target: { host: hostname, port: Number(port) } });
  return Object.assign(proxy, { env: { TENANTRY_URL: `http://${proxy.host}:${proxy.port}` } });
};
const linesOf = (out: string) =>
  out
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line));

it('refuses a config that is none, of which nobody would ever hear', async () => {
  expect(await tenantry(['watch', 'acme', 'mod'])).toMatchObject({
    ...{ code: 1, out: '' },
    err: 'tenantry: INVALID_OPTION: The server has no config "mod", or you may not see it. Did you mean mode?\n',
  });
});

it('prints each change once, also those of the time in which it was cut off, and goes on in another run', async () => {
  await using proxy = await behindProxy();
  const configs = lab.store.tenant('watched');
  const program = startTenantry(['watch', 'watched', 'seats'], { env: proxy.env });
  await eventually(() => expect(linesOf(program.out())).toMatchObject([{ event: 'ready', id: expect.any(String) }]));
  await configs.set(seats, { seats: 1 });
  await configs.set(mode, 'on');
  await configs.set(seats, { seats: 2 });
  const versions = () =>
    linesOf(program.out())
      .filter(({ event }) => event === 'change')
      .map(({ version }) => version);
  await eventually(() => expect(versions()).toEqual([1, 2]));
  // Nobody hears these at the time.
  proxy.set('refuse');
  proxy.cut();
  await eventually(() => expect(proxy.connections).toBe(0));
  await configs.set(seats, { seats: 3 });
  await configs.set(seats, { seats: 4 });
  proxy.set('pass');
  await eventually(() => expect(versions()).toEqual([1, 2, 3, 4]));
  const seen = linesOf(program.out());
  expect(seen.find(({ version }) => version === 1)).toEqual({
    ...{ event: 'change', scope: 'tenants/watched', config: 'seats', version: 1, kind: 'set', id: expect.any(String) },
  });
  expect(seen.filter(({ event }) => event === 'resync')).toEqual([]);
  expect(await program.interrupt()).toMatchObject({ code: 130, err: '' });

  await configs.set(seats, { seats: 5 });
  const { id } = seen.findLast(({ id: each }) => each !== undefined) as { id: string };
  const next = startTenantry(['watch', 'watched', 'seats', '--after', id]);
  await eventually(() => expect(linesOf(next.out()).map(({ version }) => version)).toContain(5));
  expect(linesOf(next.out()).filter(({ version }) => version !== undefined && version < 5)).toEqual([]);
  await next.interrupt();
});

it('of a scope that the caller may not see ends with what the server says', async () => {
  expect(await tenantry(['watch', 'watched'], { token: 'token-of-ann-123456789' })).toMatchObject({
    ...{ code: 1, out: '', err: expect.stringContaining('NOT_FOUND') },
  });
});

it('ends at once where its first address is none', async () => {
  await using proxy = await behindProxy();
  proxy.set('refuse');
  const { code, err } = await tenantry(['watch', 'acme'], { env: proxy.env });
  expect([code, err]).toEqual([1, expect.stringMatching(/^tenantry: UNREACHABLE: http:.* cannot be reached/)]);
});

it('with --limit ends by itself after so many lines of what is asked for', async () => {
  const program = startTenantry(['watch', 'limited', 'seats', '--limit', '2']);
  await eventually(() => expect(linesOf(program.out())).toHaveLength(1));
  const configs = lab.store.tenant('limited');
  await configs.set(mode, 'on');
  await configs.set(seats, { seats: 1 });
  const { code, out, err } = await program.end;
  expect([code, err, linesOf(out).map(({ event, config }) => config ?? event)]).toEqual([0, '', ['ready', 'seats']]);
  expect(await tenantry(['watch', 'limited', '--limit', '0'])).toMatchObject({ code: 1, out: '' });
});

it.each(['two\nlines', 'a b', 'é'])('refuses %j as an id, and does not try it for ever', async after => {
  const { code, err } = await tenantry(['watch', 'acme', '--after', after]);
  expect([code, err]).toEqual([1, 'tenantry: INVALID_OPTION: --after is no id of a line.\n']);
});
