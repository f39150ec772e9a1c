import { beforeAll, describe, expect, it } from 'vitest';
import { lab, useLab } from '../admin.fixture.ts';
import { createAdmin } from '../create-admin.ts';
import { ANN, about, call, FLAGS } from './ofrep.fixture.ts';

const SHOP = 'https://shop.example';
useLab({ configs: FLAGS, admin: { ofrep: { origins: [SHOP] } } });

let url: string;
beforeAll(async () => {
  await lab.give(ANN);
  ({ url } = await lab.admin.listen(0));
});

describe('a page of another origin', () => {
  const cors = async (origin: string, path = '/ofrep/v1/evaluate/flags', method = 'OPTIONS') => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { origin, 'access-control-request-method': 'POST' },
    });
    await response.body?.cancel();
    return Object.fromEntries([...response.headers].filter(([name]) => /^access-control|^vary/.test(name)));
  };

  it('may ask if it was named, and never as the browser’s user', async () => {
    expect(await cors(SHOP)).toEqual({
      'access-control-allow-origin': SHOP,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers':
        'authorization, content-type, if-none-match, x-api-key, last-event-id, cache-control',
      'access-control-max-age': '600',
      'access-control-expose-headers': 'ETag, Retry-After',
      vary: 'Origin',
    });
    const { headers } = await call(url, '', about('acme'), { origin: SHOP });
    expect(headers.get('access-control-allow-origin')).toBe(SHOP);
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    // Also the refusal: a page must see that it has to sign in.
    expect(await cors(SHOP, '/ofrep/v1/events', 'GET')).toMatchObject({ 'access-control-allow-origin': SHOP });
  });

  it('may not if it was not named, nor anything beside flags', async () => {
    expect(await cors('https://evil.example')).toEqual({ vary: 'Origin' });
    expect(await cors(`${SHOP}.evil.example`)).toEqual({ vary: 'Origin' });
    expect(await cors('null')).toEqual({ vary: 'Origin' });
    expect(await cors(SHOP, '/api/v1/me')).toEqual({});
  });

  it('may ask whoever it is where that was said, and nowhere by default', async () => {
    const headersOf = async (ofrep?: { origins: string[] }) => {
      await using admin = await createAdmin({
        ...{ orm: lab.system.orm, client: lab.client, auth: () => undefined, ofrep },
      });
      const request = new Request('http://localhost/ofrep/v1/evaluate/flags', {
        method: 'OPTIONS',
        headers: { origin: SHOP },
      });
      return (await admin.fetch(request)).headers;
    };
    const any = await headersOf({ origins: ['*'] });
    expect([any.get('access-control-allow-origin'), any.get('vary')]).toEqual(['*', null]);
    expect((await headersOf()).get('access-control-allow-origin')).toBeNull();
  });
});

it.each([
  [{ origins: 'https://shop.example' }],
  [{ origins: ['shop.example'] }],
  [{ origins: ['https://shop.example/'] }],
  [{ streamSecret: 'short-secret' }],
  [{ streamSecret: [] }],
  [{ tenantOf: 5 }],
  [{ isDisabled: true }],
  [{ nope: 1 }],
  [5],
])('the options %j are refused, and no secret is shown', async ofrep => {
  const made = createAdmin({ orm: lab.system.orm, client: lab.client, ofrep: ofrep as never });
  await expect(made).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.not.stringContaining('short-secret'),
  });
});
