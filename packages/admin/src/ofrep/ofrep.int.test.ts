import { readFile } from 'node:fs/promises';
import { eventually } from '@tenantry/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { lab, useLab } from '../admin.fixture.ts';
import { createAdmin } from '../create-admin.ts';
import { ANN, about, amount, call, FLAGS, onOff, setFlags } from './ofrep.fixture.ts';

const failing = (value: unknown, key: string) => {
  if (key === 'list') throw new RangeError(`no: ${value}`);
  return key === 'on-off' && value === false;
};
const options = {
  streamSecret: 'x'.repeat(32),
  isDisabled: failing,
  tenantOf: (context: { targetingKey?: unknown; org?: unknown }) => {
    if (context.targetingKey === 'bad') throw new RangeError('secret text');
    return (context.org ?? context.targetingKey) as string;
  },
};
useLab({ configs: FLAGS, admin: { ofrep: options } });

let url: string;
beforeAll(async () => {
  await setFlags(lab);
  await lab.give(ANN);
  ({ url } = await lab.admin.listen(0));
});
const one = (key: string, body: unknown = about('acme'), headers = {}) => call(url, `/${key}`, body, headers);
const all = (body: unknown = about('acme'), headers = {}) => call(url, '', body, headers);

describe('one flag', () => {
  it('is answered as the protocol says, with its key encoded or not', async () => {
    const told = { reason: 'STATIC', variant: 'v1', metadata: { version: 1, scope: 'tenants/acme' } };
    for (const key of ['app%2Famount', 'app/amount'])
      expect(await one(key)).toMatchObject({ status: 200, body: { key: 'app/amount', value: 0.5, ...told } });
    expect((await one('text', { context: { targetingKey: 'x', org: 'acme' } })).body).toMatchObject({ value: 'hi' });
    // Other languages write numbers so.
    expect((await one('text', '{"context":{"targetingKey":"acme","age":1.0,"id":9007199254740993}}')).status).toBe(200);
    expect((await one('never-set')).body).toEqual({
      ...{ key: 'never-set', reason: 'DEFAULT', metadata: { scope: 'default' } },
    });
  });

  it('that is not there, is secret, or may not be seen is answered in one way', async () => {
    const answers = await Promise.all([
      one('nope'),
      one('hidden'),
      one('text', about('zeta')),
      one('text', about('acme'), { 'x-user': 'bob' }),
    ]);
    for (const { status, body, headers } of answers) {
      expect([status, headers.get('cache-control')]).toEqual([404, 'no-store']);
      expect(body).toEqual({
        key: body.key,
        ...{ errorCode: 'FLAG_NOT_FOUND', errorDetails: 'There is no such flag, or you may not see it.' },
      });
    }
    expect((await one('checkout.nope')).body).toMatchObject({ errorCode: 'FLAG_NOT_FOUND' });
  });

  it('that is no value of JSON, or whose `isDisabled` fails, says so without the value', async () => {
    expect(await one('moment')).toMatchObject({ status: 400, body: { key: 'moment', errorCode: 'TYPE_MISMATCH' } });
    const failed = await one('list');
    expect(failed).toMatchObject({
      status: 500,
      body: { key: 'list', errorCode: 'GENERAL', errorDetails: '`isDisabled` has thrown RangeError.' },
    });
    expect(lab.errors.splice(0)).toMatchObject([{ name: 'RangeError' }]);
  });

  it('that is switched off has no value', async () => {
    await lab.store.tenant('acme').set(onOff, false);
    await eventually(async () => (await one('on-off')).body.reason === 'DISABLED');
    expect((await one('on-off')).body).not.toHaveProperty('value');
    await lab.store.tenant('acme').set(onOff, true);
    // The next test begins where nothing changes any more.
    await eventually(async () => (await one('on-off')).body.value === true);
  });

  it.each([
    [about(undefined), 'TARGETING_KEY_MISSING'],
    [about(''), 'TARGETING_KEY_MISSING'],
    [about(' x'), 'INVALID_CONTEXT'],
    [about({}), 'INVALID_CONTEXT'],
    [about('bad'), 'INVALID_CONTEXT'],
    [{}, 'INVALID_CONTEXT'],
    [[], 'INVALID_CONTEXT'],
    ['null', 'INVALID_CONTEXT'],
    ['{', 'PARSE_ERROR'],
  ])('of %j is %s, and so are all of them', async (body, errorCode) => {
    const answer = await one('text', body);
    expect(answer).toMatchObject({ status: 400, body: { key: 'text', errorCode } });
    expect(JSON.stringify(answer.body)).not.toContain('secret text');
    expect(await all(body)).toMatchObject({ status: 400, body: { errorCode } });
  });

  it('is refused to whoever has not signed in, and where the call is none', async () => {
    const refused = async (path: string, init: RequestInit) => {
      const response = await fetch(`${url}/ofrep/v1${path}`, init);
      return [response.status, ((await response.json()) as { readonly code: string }).code];
    };
    const headers = { 'content-type': 'application/json' };
    const post = { method: 'POST', body: JSON.stringify(about('acme')) };
    expect(await refused('/evaluate/flags/text', { ...post, headers })).toEqual([401, 'NOT_SIGNED_IN']);
    expect(await refused('/evaluate/flags', { ...post, headers })).toEqual([401, 'NOT_SIGNED_IN']);
    const ann = { ...headers, 'x-user': 'ann' };
    expect(await refused('/evaluate/flags', { headers: ann })).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(await refused('/evaluate/flags', { ...post, headers: { ...ann, 'content-type': 'text/plain' } })).toEqual([
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ]);
    expect(await refused('/evaluate', { ...post, headers: ann })).toEqual([404, 'NOT_FOUND']);
    expect(await refused('/evaluate/flags/%ff', { ...post, headers: ann })).toEqual([404, 'NOT_FOUND']);
  });
});

describe('all flags', () => {
  it('are those that the caller may see, with their fields, and those that fail say why', async () => {
    const { status, body } = await all();
    expect(status).toBe(200);
    expect(body.flags.map(({ key }: { key: string }) => key).sort()).toEqual([
      ...['app/amount', 'checkout', 'checkout.limits', 'checkout.limits.most', 'checkout.newFlow', 'defaulted', 'list'],
      ...['moment', 'never-set', 'nothing', 'on-off', 'text'],
    ]);
    expect(body.flags).toContainEqual(expect.objectContaining({ key: 'moment', errorCode: 'TYPE_MISMATCH' }));
    expect(JSON.stringify(body)).not.toContain('canary');
    lab.errors.splice(0);
    const none = await all(about('zeta'));
    expect([none.status, none.body]).toEqual([200, { flags: [] }]);
  });

  it('have an ETag that is the same until one of them changes', async () => {
    const first = await all();
    expect(first.etag).toMatch(/^"[\w-]{22}"$/);
    const again = await all(about('acme'), { 'if-none-match': first.etag });
    expect([again.status, again.body, again.etag]).toEqual([304, undefined, first.etag]);
    await lab.store.tenant('acme').set(amount, 9);
    await eventually(async () => (await all(about('acme'), { 'if-none-match': first.etag })).status === 200);
    expect((await all()).etag).not.toBe(first.etag);
    lab.errors.splice(0);
  });
});

describe('the stream of a tenant', () => {
  const addressOf = async () => (await all()).body.eventStreams[0].endpoint.requestUri as string;

  it('is at one address, also of another server with the same secret, and of none with another', async () => {
    const address = await addressOf();
    expect(await addressOf()).toBe(address);
    const statusAt = async (streamSecret: string | string[]) => {
      await using other = await createAdmin({
        ...{ orm: lab.system.orm, client: lab.client, auth: () => undefined, ofrep: { streamSecret } },
      });
      const response = await other.fetch(new Request(`http://localhost${address}`));
      await response.body?.cancel();
      return response.status;
    };
    expect(await statusAt('x'.repeat(32))).toBe(200);
    expect(await statusAt(['y'.repeat(32), 'x'.repeat(32)])).toBe(200);
    expect(await statusAt('y'.repeat(32))).toBe(401);
  });

  it('has an address that is a part of the ETag: whoever is answered 304 has one that holds', async () => {
    const { etag } = await all();
    const statusOf = async (streamSecret: string) => {
      await using other = await createAdmin({
        ...{ orm: lab.system.orm, client: lab.client, admins: ['user:ann'], ofrep: { ...options, streamSecret } },
        auth: () => ({ id: 'ann', groups: [] }),
      });
      const headers = { 'content-type': 'application/json', 'if-none-match': etag };
      const init = { method: 'POST', headers, body: JSON.stringify(about('acme')) };
      return (await other.fetch(new Request('http://localhost/ofrep/v1/evaluate/flags', init))).status;
    };
    expect(await statusOf(options.streamSecret)).toBe(304);
    expect(await statusOf('y'.repeat(32))).toBe(200);
    lab.errors.splice(0);
  });

  it('is refused without an address that was signed, and after its owner may see nothing', async () => {
    const address = await addressOf();
    const [path, text = '', signature = ''] = address.split(/[?=.]/g).filter(part => part !== 'of');
    const other = Buffer.from(JSON.stringify(['zeta', 'ann', [], 9e15])).toString('base64url');
    for (const of of ['', '.', text, `${other}.${signature}`, `${text}.`, `${text}.${signature}.x`, 'x'.repeat(9_000)])
      expect((await fetch(`${url}${path}?of=${of}`)).status).toBe(401);
    const { id } = await lab.grants.give({ who: 'user:carl', verbs: ['view'], scope: 'tenants/acme', config: 'text' });
    const asCarl = () => all(about('acme'), { 'x-user': 'carl' });
    await eventually(async () => (await asCarl()).body.eventStreams !== undefined);
    const [stream] = (await asCarl()).body.eventStreams;
    await lab.grants.take(id);
    await eventually(async () => (await asCarl()).body.eventStreams === undefined);
    expect((await fetch(`${url}${stream.endpoint.requestUri}`)).status).toBe(403);
  });
});

it('the guide’s call is answered as it says', async () => {
  const page = await readFile(new URL('../../../../docs/guides/openfeature.md', import.meta.url), 'utf8');
  const [, path = '', body = '', answer = ''] =
    /```http\nPOST (\S+)\n[^{]*(\{.*\})\n\n(\{[\s\S]*?\})\n```/.exec(page) ?? [];
  const answered = await call(url, path.replace('/ofrep/v1/evaluate/flags', ''), body);
  expect(answered.body).toEqual(JSON.parse(answer));
});
