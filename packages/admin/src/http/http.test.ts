import { configs, ROUTES } from '@tenantry/admin-api';
import { TenantryError } from '@tenantry/protocol';
import { describe, expect, it } from 'vitest';
import { checkBody, readQuery } from './check-shape.ts';
import { Cursors } from './cursors.ts';
import { problemResponse, toRefused } from './problem.ts';
import { readJsonBody } from './read-body.ts';

const LIMITS = { maxBodyBytes: 100, bodyTimeoutMs: 5_000 };
const codeOf = (work: () => unknown) => {
  try {
    return work();
  } catch (error) {
    const { code, message } = error as TenantryError;
    return [code, message];
  }
};
const bodyOf = (
  body: string | Uint8Array | ReadableStream,
  headers: Record<string, string> = { 'content-type': 'application/json' },
) =>
  readJsonBody(
    new Request('http://x/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit),
    LIMITS,
  ).catch(error => error.code);

describe('a body', () => {
  it('is JSON, within its limit, in UTF-8', async () => {
    expect(await bodyOf('{"a":1}')).toEqual({ a: 1 });
    expect(await bodyOf('{"a":1}', { 'content-type': 'Application/JSON; charset=utf-8' })).toEqual({ a: 1 });
    expect(await bodyOf('{}', { 'content-type': 'text/plain' })).toBe('UNSUPPORTED_MEDIA_TYPE');
    expect(await bodyOf('{}', { 'content-type': 'application/json', 'content-encoding': 'gzip' })).toBe(
      'UNSUPPORTED_MEDIA_TYPE',
    );
    expect(await bodyOf(new Uint8Array([0x22, 0xff, 0x22]))).toBe('NOT_JSON');
    expect(await bodyOf('{"a":9007199254740993}')).toBe('NOT_JSON');
    expect(await bodyOf(`"${'x'.repeat(98)}"`)).toHaveLength(98);
    expect(await bodyOf(`"${'x'.repeat(99)}"`)).toBe('PAYLOAD_TOO_LARGE');
  });

  it('that says nothing of its length is cut off at the limit, and not read to its end', async () => {
    let given = 0;
    const endless = new ReadableStream({
      pull: controller => void controller.enqueue(new Uint8Array(10).fill(++given)),
    });
    expect(await bodyOf(endless)).toBe('PAYLOAD_TOO_LARGE');
    expect(given).toBeLessThan(15);
  });

  it('that does not come is not waited for, and one that breaks off is said to', async () => {
    const silent = new ReadableStream({ pull: () => new Promise<void>(() => undefined) });
    const request = new Request('http://x/', {
      ...{ method: 'POST', body: silent, headers: { 'content-type': 'application/json' }, duplex: 'half' },
    } as RequestInit);
    await expect(readJsonBody(request, { ...LIMITS, bodyTimeoutMs: 5 })).rejects.toMatchObject({ status: 408 });
    expect(await bodyOf(new ReadableStream({ pull: controller => controller.error(new Error('reset')) }))).toBe(
      'BODY_CUT_OFF',
    );
  });
});

describe('a query', () => {
  const route = ROUTES['configs.list'];
  const read = (text: string) => codeOf(() => readQuery(route, new URLSearchParams(text)));

  it('is read as its route says', () => {
    expect(read('limit=5&dirty=true&search=5')).toEqual({ limit: 5, dirty: true, search: '5' });
    expect(readQuery(ROUTES['me.get'], new URLSearchParams())).toEqual({});
  });

  it.each([
    'limit=0',
    'limit=501',
    'limit=5.0',
    'limit=05',
    'limit=',
    'dirty=yes',
    'nope=1',
    'limit=1&limit=2',
    'state=hunter2',
  ])('%s is refused, without what it says', text => {
    const [code, message] = read(text) as string[];
    expect(code).toBe('INVALID_REQUEST');
    expect(message).toMatch(/limit|dirty|nope|state|known/);
    expect(message).not.toContain('hunter2');
  });

  it('is refused where the route has none', () => {
    expect(codeOf(() => readQuery(ROUTES['me.get'], new URLSearchParams('a=1')))).toMatchObject([
      'INVALID_REQUEST',
      expect.any(String),
    ]);
  });
});

it('a body that is not as its route says is refused with every path', () => {
  const refused = codeOf(() => checkBody(ROUTES['configs.bulk'], { changes: [{ config: '', ifVersion: -1, x: 1 }] }));
  expect(refused).toMatchObject(['INVALID_REQUEST', expect.stringContaining('changes/0/config is too short')]);
  expect(refused).toMatchObject(['INVALID_REQUEST', expect.stringContaining('changes/0/ifVersion is too small')]);
  const wrong = codeOf(() => checkBody(ROUTES['grants.give'], { who: 7, verbs: ['veiw'], scope: '*', config: '*' }));
  expect(wrong).toMatchObject([
    'INVALID_REQUEST',
    expect.stringMatching(/verbs\/0 is none of the words for it \(one of "list", "view", .* wanted\)/),
  ]);
  expect(wrong).toMatchObject(['INVALID_REQUEST', expect.stringContaining('who is of another type (string wanted)')]);
  expect(JSON.stringify(wrong)).not.toContain('veiw');
  checkBody(ROUTES['configs.set'], { value: { __any: [1] } });
  expect(configs.SetBody.type).toBe('object');
  // The validator compares each item with each: a body of many would hold up everybody.
  expect(JSON.stringify(ROUTES)).not.toContain('uniqueItems');
});

// B4
it('a cursor is good for its list and its caller alone, and nobody can read or make one', () => {
  const cursors = new Cursors(async () => 'secret');
  const list = ['configs.list', 'tenants/acme', { search: 'x' }, 'ann'];
  const cursor = cursors.seal(list, 'tenants/zeta') as string;
  expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toContain('zeta');
  expect(cursors.open(list, cursor)).toBe('tenants/zeta');
  expect([cursors.open(list, undefined), cursors.seal(list, undefined)]).toEqual([undefined, undefined]);
  const others = [
    ['configs.list', 'tenants/zeta', { search: 'x' }, 'ann'],
    ['configs.list', 'tenants/acme', { search: 'y' }, 'ann'],
    ['configs.list', 'tenants/acme', { search: 'x' }, 'bob'],
    ['tenants.list', 'tenants/acme', { search: 'x' }, 'ann'],
  ];
  for (const other of others)
    expect(codeOf(() => cursors.open(other, cursor))).toMatchObject(['INVALID_CURSOR', expect.any(String)]);
  const short = Buffer.from('x').toString('base64url');
  for (const text of ['', 'x', `${cursor}A`, cursor.slice(1), cursor.slice(0, -4), 'place', short, 'A'.repeat(60)])
    expect(codeOf(() => cursors.open(list, text))).toMatchObject(['INVALID_CURSOR', expect.any(String)]);
});

it('a cursor is good for every process with the same secret, and is the same in each', async () => {
  let secret: string | undefined;
  const ask = async () => secret ?? Promise.reject(new Error('the database is away'));
  const [one, other] = [new Cursors(ask), new Cursors(ask)];
  await Promise.all([one.learn(), other.learn()]);
  const early = one.seal(['list'], 'place') as string;
  expect(one.open(['list'], early)).toBe('place');
  expect(codeOf(() => other.open(['list'], early))).toMatchObject(['INVALID_CURSOR', expect.any(String)]);
  // What it had begun to ask.
  await one.learn();
  secret = 'shared';
  await Promise.all([one.learn(), other.learn()]);
  const cursor = one.seal(['list'], 'place') as string;
  expect(other.open(['list'], cursor)).toBe('place');
  // The ETag of a page is made of it, too.
  expect(other.seal(['list'], 'place')).toBe(cursor);
  expect(one.open(['list'], early)).toBe('place');
});

describe('an error', () => {
  it('tells nobody of scopes that they may not see', async () => {
    const error = new TenantryError('BREAKS_BELOW', 'tenants/zeta would break', {
      details: { scopes: ['tenants/acme', 'tenants/zeta'] },
    });
    const problem = await problemResponse(toRefused(error, scope => scope === 'tenants/acme')).json();
    expect(problem).toMatchObject({ status: 422, code: 'BREAKS_BELOW', details: { scopes: ['tenants/acme'] } });
    expect(JSON.stringify(problem)).not.toContain('zeta');
  });

  it('that is none of ours says nothing of itself', async () => {
    const response = problemResponse(toRefused(new Error('select secret from x'), () => true));
    expect([response.status, await response.text()]).toEqual([500, expect.not.stringContaining('secret')]);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  });

  // B24
  it('of a server that is away says when to come again', () => {
    const away = problemResponse(toRefused(new TenantryError('UNAVAILABLE', 'gone'), () => true));
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '1']);
    const later = new TenantryError('RATE_LIMITED', 'slow', { details: { retryAfterMs: 4_200 } });
    const limited = problemResponse(toRefused(later, () => true));
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '5']);
    expect(limited.headers.get('content-type')).toBe('application/problem+json');
  });
});
