import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { lab, limit, useLab } from '../../admin.fixture.ts';

useLab();
const root = () => lab.as('root');
let tenants = 0;
const fresh = () => `t${++tenants}`;

describe('one config', () => {
  it('is set, read, patched, set back and taken away, each time at the version that was seen', async () => {
    const path = `/tenants/${fresh()}/configs/seats`;
    const unset = await root().get(path);
    expect(unset.body).toEqual({
      ...{
        scope: path.slice(1, -'/configs/seats'.length),
        name: 'seats',
        state: 'default',
        from: 'default',
        version: 0,
      },
      ...{ effectiveJson: '{"seats":1}', masked: false, dirty: false, stale: false },
    });
    const made = await root().send('PUT', path, { json: '{"seats":5}', reason: 'T-1' }, { 'if-none-match': '*' });
    expect(made).toMatchObject({
      status: 200,
      body: { version: 1, policy: 'write-through', published: true, durable: true },
    });
    const read = await root().get(path);
    expect(read.body).toMatchObject({ state: 'set', version: 1, json: '{"seats":5}', updatedBy: 'root' });
    for (const tag of [made.etag, read.etag])
      expect((await root().send('PATCH', path, { patch: { name: 'x' } }, { 'if-match': tag })).status).toBe(
        tag === made.etag ? 200 : 412,
      );
    const second = await root().get(path);
    expect(second.body).toMatchObject({ version: 2, json: '{"seats":5,"name":"x"}' });
    const back = await root().send('POST', `${path}/rollback`, { version: 1 }, { 'if-match': second.etag });
    expect(back.body.version).toBe(3);
    const gone = await root().send('DELETE', `${path}?reason=done`, undefined, { 'if-match': back.etag });
    expect(gone.body.version).toBe(4);
    expect((await root().get(path)).body).toMatchObject({ version: 4, state: 'default' });
    const again = await root().send('PUT', path, { value: { seats: 7 } }, { 'if-none-match': '*' });
    expect(again.body.version).toBe(5);
    const { body } = await root().get(`${path}/versions`);
    expect(body.items.map(({ version, op, actor, reason }: never) => [version, op, actor, reason])).toEqual([
      [5, 'set', 'root', undefined],
      [4, 'unset', 'root', 'done'],
      [3, 'set', 'root', undefined],
      [2, 'set', 'root', undefined],
      [1, 'set', 'root', 'T-1'],
    ]);
    expect((await root().get(`${path}/versions/1`)).body).toMatchObject({ json: '{"seats":5}', origin: 'api' });
    expect((await root().get(`${path}/diff?from=1&to=2`)).body.operations).toEqual([
      { op: 'add', path: '/name', value: 'x' },
    ]);
    expect(await root().get(`${path}/versions/77`)).toMatchObject({ status: 404, body: { code: 'VERSION_NOT_FOUND' } });
  });

  it('is never written over: without a condition 428, with a past one 412 and what stands now', async () => {
    const path = `/tenants/${fresh()}/configs/mode`;
    expect(await root().send('PUT', path, { json: '"on"' })).toMatchObject({ status: 428 });
    const { etag } = await root().send('PUT', path, { json: '"on"' }, { 'if-none-match': '*' });
    await root().send('PUT', path, { json: '"off"' }, { 'if-match': '*' });
    for (const condition of [{ 'if-match': etag }, { 'if-none-match': '*' }, { 'if-match': '"v1"' }] as const) {
      const late = await root().send('PUT', path, { json: '"on"' }, condition as never);
      expect(late).toMatchObject({
        status: 412,
        body: { code: 'CONFLICT', details: { currentVersion: 2 }, current: { json: '"off"', version: 2 } },
      });
    }
    const tagOfOther = (await root().get(`/tenants/${fresh()}/configs/mode`)).etag;
    expect((await root().send('PUT', path, { json: '"on"' }, { 'if-match': tagOfOther })).status).toBe(412);
    expect((await root().get(path)).body.json).toBe('"off"');
  });

  it('is written with the tag that a compressing proxy has made weak, and not with a past one', async () => {
    const path = `/tenants/${fresh()}/configs/mode`;
    await root().send('PUT', path, { json: '"on"' }, { 'if-none-match': '*' });
    const weak = `W/${(await root().get(path)).etag}`;
    expect((await root().get(path, { 'if-none-match': weak })).status).toBe(304);
    expect((await root().send('PUT', path, { json: '"off"' }, { 'if-match': weak })).status).toBe(200);
    expect((await root().send('PUT', path, { json: '"on"' }, { 'if-match': weak })).status).toBe(412);
  });

  it('of two writers at once one is told', async () => {
    const path = `/tenants/${fresh()}/configs/mode`;
    const { etag } = await root().send('PUT', path, { json: '"on"' }, { 'if-none-match': '*' });
    const writes = Array.from({ length: 5 }, () => root().send('PUT', path, { json: '"off"' }, { 'if-match': etag }));
    expect((await Promise.all(writes)).map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412]);
  });

  it('is answered with 304 where the caller has it, until anything of it changes, from above too', async () => {
    const tenant = fresh();
    const path = `/tenants/${tenant}/configs/app%2Flimit`;
    const first = await root().get(path);
    expect(await root().get(path, { 'if-none-match': first.etag })).toMatchObject({ status: 304, text: '' });
    expect((await root().send('HEAD', path)).text).toBe('');
    await lab.store.global().set(limit, 5);
    await eventually(async () => (await root().get(path, { 'if-none-match': first.etag })).status === 200);
    const second = await root().get(path);
    expect(second.body).toMatchObject({ state: 'inherited', from: 'global', effectiveJson: '5', version: 0 });
    await root().send('PUT', path, { json: '6' }, { 'if-match': first.etag });
    expect((await root().get(path)).body).toMatchObject({ state: 'set', json: '6' });
    await lab.store.global().unset(limit);
    await lab.store.tenant(tenant).unset(limit);
  });

  it('is never answered with 304 for what was committed since, whether or not memory has heard of it', async () => {
    const tenant = fresh();
    const path = `/tenants/${tenant}/configs/app%2Flimit`;
    let { etag } = await root().send('PUT', path, { json: '1' }, { 'if-none-match': '*' });
    etag = (await root().get(path)).etag;
    for (let n = 2; n <= 20; n++) {
      await root().send('PUT', path, { json: String(n) }, { 'if-match': etag });
      const read = await root().get(path, { 'if-none-match': etag });
      expect(read).toMatchObject({ status: 200, body: { json: String(n), version: n } });
      etag = read.etag;
    }
    // Nobody is told of this.
    await lab.system.sql(`update tenantry_config set value = '77', version = version + 1 where tenant = '${tenant}'`);
    const read = await root().get(path, { 'if-none-match': etag });
    expect(read).toMatchObject({ status: 200, body: { json: '77', version: 21 } });
  });

  // B19
  it('keeps its digits, or is refused with the path', async () => {
    const path = `/tenants/${fresh()}/configs/seats`;
    const put = (json: string) => root().send('PUT', path, { json }, { 'if-none-match': '*' });
    for (const json of ['{"seats":9007199254740993}', '{"seats":1.10}', '{"seats":1e400}', '{"seats":1,"seats":2}'])
      expect(await put(json)).toMatchObject({
        status: 400,
        body: { code: 'NOT_JSON', details: { issues: [{ path: 'json.seats' }] } },
      });
    expect(await put('{"seats":"many"}')).toMatchObject({ status: 422, body: { code: 'INVALID_VALUE' } });
    expect((await put('{"seats":0.1}')).status).toBe(200);
    expect((await root().get(path)).body.json).toBe('{"seats":0.1}');
  });

  it('by a former name, another case or another form of its name is not there', async () => {
    for (const name of ['app%2Fold', 'Mode', 'MODE', 'nope', '@groups', 'app'])
      expect(await root().get(`/tenants/acme/configs/${name}`)).toMatchObject({
        status: 404,
        body: { code: 'NOT_FOUND' },
      });
  });

  it('is not set with an end that is over: what is set stays', async () => {
    const path = `/tenants/${fresh()}/configs/mode`;
    await root().send('PUT', path, { json: '"on"' }, { 'if-none-match': '*' });
    for (const expiresAt of [1, Date.now() - 60_000])
      expect(await root().send('PUT', path, { json: '"off"', expiresAt }, { 'if-match': '*' })).toMatchObject({
        status: 400,
        body: { code: 'INVALID_REQUEST', details: { issues: [{ path: 'expiresAt' }] } },
      });
    expect((await root().get(path)).body).toMatchObject({ version: 1, json: '"on"' });
    const expiresAt = Date.now() + 3_600_000;
    const put = await root().send('PUT', path, { json: '"off"', expiresAt }, { 'if-match': '*' });
    expect([put.status, (await root().get(path)).body.expiresAt]).toEqual([200, expiresAt]);
  });

  it('keeps its end with a patch that names none, and loses it with null, or with a whole value that has none', async () => {
    const path = `/tenants/${fresh()}/configs/token`;
    const expiresAt = Date.now() + 3_600_000;
    await root().send('PUT', path, { value: { key: 'k1' } }, { 'if-none-match': '*' });
    const written = async (method: string, body: object) => {
      expect((await root().send(method, path, body, { 'if-match': '*' })).status).toBe(200);
      return (await root().get(path)).body.expiresAt;
    };
    expect(await written('PUT', { value: { key: 'k2' }, expiresAt })).toBe(expiresAt);
    expect(await written('PATCH', { patch: { key: 'k3' } })).toBe(expiresAt);
    expect(await written('PATCH', { patch: { key: 'k4' }, expiresAt: expiresAt + 1_000 })).toBe(expiresAt + 1_000);
    expect(await written('PATCH', { patch: { key: 'k5' }, expiresAt: null })).toBeUndefined();
    expect(await written('PUT', { value: { key: 'k2' }, expiresAt })).toBe(expiresAt);
    expect(await written('PUT', { value: { key: 'k3' } })).toBeUndefined();
    expect(await root().send('PATCH', path, { patch: {}, expiresAt: 1 }, { 'if-match': '*' })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_REQUEST' },
    });
    expect(await root().send('PATCH', path, { patch: {}, expiresAt: 'soon' }, { 'if-match': '*' })).toMatchObject({
      status: 400,
      body: { details: { issues: expect.arrayContaining([{ path: 'expiresAt', message: expect.any(String) }]) } },
    });
  });

  it('set and unset in one step, or none of it', async () => {
    const tenant = fresh();
    const path = `/tenants/${tenant}/configs`;
    const change = (changes: object[]) => root().send('POST', path, { changes, reason: 'all' });
    const both = [
      { config: 'mode', json: '"on"', ifVersion: 0 },
      { config: 'seats', value: { seats: 3 }, ifVersion: 0 },
    ];
    expect((await change(both)).body).toEqual({
      results: [
        { config: 'mode', version: 1 },
        { config: 'seats', version: 1 },
      ],
    });
    const half = [
      { config: 'mode', unset: true, ifVersion: 1 },
      { config: 'seats', value: { seats: 4 }, ifVersion: 0 },
    ];
    expect(await change(half)).toMatchObject({
      status: 412,
      body: { details: { config: 'seats', currentVersion: 1 } },
    });
    expect((await root().get(`${path}/mode`)).body.version).toBe(1);
    const twice = [both[0], both[0]] as object[];
    expect(await change(twice)).toMatchObject({ status: 400 });
    half[1] = { config: 'seats', value: { seats: 4 }, ifVersion: 1 };
    expect((await change(half)).status).toBe(200);
    expect((await root().get(`${path}/mode`)).body).toMatchObject({ version: 2, state: 'default' });
  });

  it('with `If-Match: *` is written over whatever is set, also over what was written meanwhile', async () => {
    const tenant = fresh();
    const path = `/tenants/${tenant}/configs/seats`;
    await root().send('PUT', path, { value: { seats: 0 } }, { 'if-none-match': '*' });
    const patch = (n: number) => root().send('PATCH', path, { patch: { seats: n } }, { 'if-match': '*' });
    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => patch(n)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect((await root().get(path)).body.version).toBe(11);
    const unset = () => root().send('DELETE', path, undefined, { 'if-match': '*' });
    // What is not set any more does not match.
    expect((await Promise.all([unset(), unset(), unset()])).map(({ status }) => status).sort()).toEqual([
      200, 412, 412,
    ]);
  });

  it('of many at once in one step each, one is written, and the others are told so', async () => {
    const tenant = fresh();
    const write = (n: number) =>
      root().send('POST', `/tenants/${tenant}/configs`, {
        changes: [
          { config: 'seats', value: { seats: n }, ifVersion: 0 },
          { config: 'mode', json: '"on"', ifVersion: 0 },
          { config: 'later', value: n, ifVersion: 0 },
        ],
      });
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => write(n)));
    const won = answers.findIndex(({ status }) => status === 200);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 11 }, () => 412)]);
    expect((await root().get(`/tenants/${tenant}/configs/seats`)).body).toMatchObject({
      version: 1,
      json: `{"seats":${won}}`,
    });
  });
});
