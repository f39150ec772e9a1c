import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CANARY, limit, mode, seats, secret } from '../../../../admin/src/admin.fixture.ts';
import { lab, tenantry, useCliLab } from '../../cli.fixture.ts';
import { startWriteProxy } from '../../write-proxy.fixture.ts';

useCliLab();
let tenants = 0;
const fresh = () => `t${++tenants}`;
const json = async (...words: string[]) => {
  const { code, out, err } = await tenantry([...words, '-o', 'json']);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out);
};

describe('a config', () => {
  it('is set, shown, listed, patched, rolled back and taken away, and its history says why', async () => {
    const tenant = fresh();
    const told = (version: number) => ({ code: 0, err: '', out: `seats of tenants/${tenant}: version ${version}\n` });
    expect(await tenantry(['set', tenant, 'seats', 'seats=5', 'name=Gold', '-m', 'T-1'])).toEqual(told(1));
    expect(await lab.store.tenant(tenant).get(seats)).toMatchObject({ value: { seats: 5, name: 'Gold' } });
    expect((await tenantry(['get', tenant, 'seats', '--raw'])).out).toBe('{"seats":5,"name":"Gold"}\n');
    expect(await json('get', tenant, 'seats')).toMatchObject({
      ...{ scope: `tenants/${tenant}`, state: 'set', version: 1, updatedBy: 'root' },
      ...{ value: { seats: 5, name: 'Gold' }, effective: { seats: 5, name: 'Gold' } },
    });
    expect((await tenantry(['list', tenant, '--state', 'set'])).out).toMatch(/^CONFIG .*\nseats +set +tenants\/t1 +1 /);
    expect(await tenantry(['patch', tenant, 'seats', 'seats=6'])).toEqual(told(2));
    expect((await json('version', tenant, 'seats', '2')).value).toEqual({ seats: 6, name: 'Gold' });
    expect((await tenantry(['diff', tenant, 'seats', '1'])).out).toBe('~ /seats 5 → 6\n');
    expect(await tenantry(['rollback', tenant, 'seats', '1', '-m', 'wrong'])).toEqual(told(3));
    expect(await tenantry(['unset', tenant, 'seats'])).toEqual(told(4));
    expect(await tenantry(['unset', tenant, 'seats'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('not set'),
    });
    const history = await json('history', tenant, 'seats');
    expect(history.map(({ version, op, reason }: never) => [version, op, reason])).toEqual([
      [4, 'unset', undefined],
      [3, 'set', 'wrong'],
      [2, 'set', undefined],
      [1, 'set', 'T-1'],
    ]);
  });

  it('that was to end says so where it is written without an end', async () => {
    const tenant = fresh();
    await tenantry(['set', tenant, 'mode', '"on"', '--expires', '2h']);
    const lost = (are: string) =>
      expect.stringMatching(new RegExp(`^mode of tenants/${tenant}: its end \\(20.*Z\\) ${are} taken away\\n`));
    expect(await tenantry(['set', tenant, 'mode', '"off"', '-n'])).toMatchObject({ code: 2, err: lost('would be') });
    expect(await tenantry(['set', tenant, 'mode', '"off"', '--expires', '3h'])).toMatchObject({ code: 0, err: '' });
    expect(await tenantry(['rollback', tenant, 'mode', '1'])).toMatchObject({ code: 0, err: lost('is') });
    expect(await tenantry(['set', tenant, 'mode', '"off"'])).toMatchObject({ code: 0, err: '' });
  });

  it('is written with a field that the schema does not name, and a warning names the field', async () => {
    const tenant = fresh();
    const warning = `tenantry: warning: seats of tenants/${tenant}: the schema does not name /sats\n`;
    const set = await tenantry(['set', tenant, 'seats', 'sats=5', 'seats=4']);
    expect(set).toEqual({ code: 0, err: warning, out: `seats of tenants/${tenant}: version 1\n` });
    // Only what was given is told of.
    expect(await tenantry(['patch', tenant, 'seats', 'seats=6'])).toMatchObject({ code: 0, err: '' });
    expect(await tenantry(['patch', tenant, 'seats', 'sats=6'])).toMatchObject({ code: 0, err: warning });
    // Readers would get what they get now.
    expect(await tenantry(['patch', tenant, 'seats', 'sats=7', '--dry-run'])).toMatchObject({ code: 0, err: warning });
    expect(await lab.store.tenant(tenant).get(seats)).toMatchObject({ version: 3 });
    // A field of a secret may be one itself.
    const secretly = await tenantry(['set', tenant, 'token', '-'], { stdin: '{"key":"k","hunter2":1}' });
    expect(secretly).toMatchObject({ code: 0, err: '' });
  });

  it('that is so already is not written, but with --force', async () => {
    const tenant = fresh();
    await tenantry(['set', tenant, 'seats', '{"seats":5,"name":"x"}']);
    const same = await tenantry(['set', tenant, 'seats', '{ "name": "x", "seats": 5 }']);
    expect(same).toMatchObject({ code: 0, out: `seats of tenants/${tenant}: unchanged, version 1\n` });
    expect(await tenantry(['patch', tenant, 'seats', 'seats=5'])).toMatchObject({ code: 0, out: same.out });
    expect((await tenantry(['set', tenant, 'seats', '{"seats":5,"name":"x"}', '--force'])).out).toContain('version 2');
  });

  it('that somebody else has written is not written over: 3, and both versions are named', async () => {
    const tenant = fresh();
    await lab.store.tenant(tenant).set(mode, 'on');
    const conflict = (seen: string) =>
      `tenantry: CONFLICT: mode of tenants/${tenant} is at version 1, not at ${seen}: nothing was written.\n`;
    const late = await tenantry(['set', tenant, 'mode', '"off"', '--if-version', '7']);
    expect(late).toEqual({ code: 3, out: '', err: conflict('version 7') });
    expect((await tenantry(['set', tenant, 'mode', '"off"', '--if-version', '0'])).err).toBe(
      conflict('version 0 (never set)'),
    );
    expect((await tenantry(['set', tenant, 'mode', '"off"', '--if-version', '1'])).code).toBe(0);
    expect((await tenantry(['set', tenant, 'mode', '"on"', '--force'])).out).toContain('version 3');
    expect((await tenantry(['set', tenant, 'mode', '"on"', '--force', '--if-version', '3'])).code).toBe(1);
  });

  it('that somebody else writes between reading and writing is not written over, and nothing is sent twice', async () => {
    const tenant = fresh();
    const configs = lab.store.tenant(tenant);
    await configs.set(mode, 'on');
    let wrote = 0;
    await using proxy = await startWriteProxy(lab.url, {
      ...{ mayWrite: true },
      before: async () => {
        wrote++;
        await configs.set(mode, wrote % 2 === 0 ? 'on' : 'off', { actor: 'ann' });
      },
    });
    const env = { TENANTRY_URL: proxy.url };
    const conflict = (now: number, seen: number) =>
      `tenantry: CONFLICT: mode of tenants/${tenant} is at version ${now}, not at version ${seen}: nothing was written.\n`;
    expect(await tenantry(['set', tenant, 'mode', '"off"'], { env })).toEqual({
      code: 3,
      out: '',
      err: conflict(2, 1),
    });
    expect((await tenantry(['unset', tenant, 'mode'], { env })).err).toBe(conflict(3, 2));
    const rolledBack = await tenantry(['rollback', tenant, 'mode', '1', '--json-errors'], { env });
    expect(JSON.parse(rolledBack.err)).toMatchObject({
      ...{ code: 'CONFLICT', exitCode: 3, details: { expectedVersion: 3, currentVersion: 4 } },
    });
    expect(wrote).toBe(3);
  });

  it('keeps its end with a patch, and loses it where that is asked for', async () => {
    const tenant = fresh();
    const endOf = async () => (await json('get', tenant, 'token')).expiresAt;
    let said: Awaited<ReturnType<typeof tenantry>> | undefined;
    const written = async (verb: string, key: string, ...words: string[]) => {
      said = await tenantry([verb, tenant, 'token', '-', ...words], { stdin: JSON.stringify({ key }) });
      expect(said.code).toBe(0);
      return endOf();
    };
    const end = await written('set', 'one', '--expires', '2h');
    expect(end).toBeGreaterThan(Date.now());
    expect(await written('patch', 'two')).toBe(end);
    expect(await written('patch', 'three', '--expires', 'never')).toBeUndefined();
    // Nobody is told what they asked for.
    expect(said?.err).toBe('');
    expect(await written('set', 'four', '--expires', '2h')).toBeGreaterThan(end - 1);
    expect(await written('set', 'five')).toBeUndefined();
    expect(said?.err).toMatch(/its end \(.*\) is taken away/);
  });

  it('is explained, and whoever overrides it is listed', async () => {
    const tenant = fresh();
    await lab.store.scopes.setGroup('gold');
    await lab.store.scopes.set(tenant, ['gold']);
    await lab.store.group('gold').set(seats, { name: 'group' });
    await lab.store.tenant(tenant).set(seats, { seats: 9 });
    const { out } = await tenantry(['explain', tenant, 'seats']);
    expect(out).toMatch(/^value +\{"seats":9,"name":"group"\}\n\nLAYER +KIND +VERSION +VALUE\n/);
    expect(out).toMatch(/\ngroups\/gold +set +1 +\{"name":"group"\}\n/);
    expect(out).toMatch(/\nFIELD +FROM\n\/seats +tenants\/t\d+\n\/name +groups\/gold\n$/);
    const overrides = await json('who-overrides', 'seats', 'groups/gold', '--path', '/seats');
    expect(overrides).toEqual([{ scope: `tenants/${tenant}`, version: 1, value: 9 }]);
    const preview = await tenantry(['preview', 'groups/gold', 'seats', 'name=new', '-o', 'json']);
    expect(preview.code).toBe(2);
    expect(JSON.parse(preview.out).changed).toContainEqual({
      ...{ scope: `tenants/${tenant}`, config: 'seats' },
      ...{ before: { seats: 9, name: 'group' }, after: { seats: 9, name: 'new' } },
    });
    expect((await tenantry(['preview', 'groups/gold', 'seats', 'seats=many'])).code).toBe(3);
  });

  // C5
  it('keeps its digits, or is refused with its place', async () => {
    const tenant = fresh();
    const refused = await tenantry(['set', tenant, 'app/limit', '9007199254740993']);
    expect(refused).toMatchObject({ code: 3, out: '' });
    expect(refused.err).toContain('NOT_JSON');
    const placed = await tenantry(['set', tenant, 'seats', 'seats=9007199254740993']);
    expect(placed.err).toContain('"json.seats" is a number that would come back with other digits');
    expect(placed.err).not.toContain('9007199254740993');
    expect((await tenantry(['set', tenant, 'app/limit', '9007199254740991'])).code).toBe(0);
    expect((await tenantry(['get', tenant, 'app/limit', '--raw'])).out).toBe('9007199254740991\n');
    expect((await tenantry(['set', tenant, 'app/limit', 'many'])).err).toMatch(/NOT_JSON: .*--text/);
    expect((await tenantry(['set', tenant, 'app/limit', '"many"'])).err).toMatch(/INVALID_VALUE: /);
    expect(await lab.store.tenant(tenant).get(limit)).toMatchObject({ value: 9007199254740991 });
  });

  it('has its value from a file or from stdin, as JSON or as a text', async () => {
    const tenant = fresh();
    const file = join(tmpdir(), `tenantry-cli-${process.pid}.json`);
    await writeFile(file, '{ "seats": 3 }\n');
    expect((await tenantry(['set', tenant, 'seats', `@${file}`])).code).toBe(0);
    expect((await tenantry(['set', tenant, 'mode', '--text', '-'], { stdin: 'on\n' })).code).toBe(0);
    expect((await tenantry(['set', tenant, 'mode', '-'], { stdin: 'on\n' })).err).toContain('Stdin is no JSON');
    expect((await tenantry(['set', tenant, 'mode', '-t', 'off'])).code).toBe(0);
    expect((await tenantry(['set', tenant, 'mode', '@/nowhere.json'])).err).toContain('cannot be read (ENOENT)');
    expect((await json('list', tenant, '--state', 'set')).map(({ preview }: never) => preview)).toEqual([
      '"off"',
      '{"seats":3}',
    ]);
  });
});

describe('a secret', () => {
  // C5
  it('is never taken as an argument, and never printed but by reveal, which the audit log knows', async () => {
    const tenant = fresh();
    const value = JSON.stringify({ key: `${CANARY}-typed`, list: [] });
    const refused = await tenantry(['set', tenant, 'token', value, '--debug']);
    expect(refused).toMatchObject({ code: 3, out: '' });
    expect(refused.err).toMatch(/SECRET_AS_ARGUMENT: .*@FILE or - \(stdin\)/);
    for (const words of [
      ['patch', tenant, 'token', `key=${CANARY}-typed`, '-n'],
      ['preview', tenant, 'token', value],
    ])
      expect(await tenantry(words)).toMatchObject({ code: 3, err: expect.stringMatching(/SECRET_AS_ARGUMENT/) });
    expect(await lab.store.tenant(tenant).get(secret)).toBeUndefined();
    const all = [
      refused,
      await tenantry(['set', tenant, 'token', '-', '--debug'], { stdin: value }),
      await tenantry(['set', tenant, 'token', '-', '--dry-run', '--debug'], { stdin: value }),
      await tenantry(['preview', tenant, 'token', '-', '--debug'], { stdin: value.replace('typed', 'other') }),
      await tenantry(['get', tenant, 'token', '--debug']),
      await tenantry(['get', tenant, 'token', '--raw']),
      await tenantry(['history', tenant, 'token', '-o', 'json']),
      await tenantry(['explain', tenant, 'token', '-o', 'yaml']),
      await tenantry(['list', tenant, '-o', 'ndjson']),
      await tenantry(['reveal', tenant, 'token']),
    ];
    expect(all.map(({ code }) => code)).toEqual([3, 0, 2, 2, 0, 0, 0, 0, 0, 1]);
    expect(all.filter(({ out, err }) => (out + err).includes(CANARY))).toEqual([]);
    const shown = await tenantry(['reveal', tenant, 'token', '-m', 'incident 7']);
    expect(shown).toMatchObject({ code: 0, out: `${value}\n`, err: '' });
    const audit = await json('audit', 'list', '--scope', tenant, '--action', 'config.reveal');
    expect(audit).toMatchObject([{ actor: 'root', reason: 'incident 7', config: 'token', version: 1 }]);
  });
});
