import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { lab, mode, useLab } from '../admin.fixture.ts';
import { createAdmin } from '../create-admin.ts';

useLab();

const request = (user: string, path: string, init: RequestInit = {}) =>
  lab.admin.fetch(
    new Request(`http://localhost/api/v1${path}`, {
      ...init,
      headers: { 'x-user': user, 'sec-fetch-site': 'same-origin', ...init.headers },
    }),
    { address: '127.0.0.1' },
  );

async function take(user: string, ids: readonly number[]): Promise<void> {
  for (const id of ids) await lab.grants.take(id);
  await eventually(async () => expect((await lab.as(user).get('/me')).body.grants).toEqual([]));
}

async function give(user: string, verb: 'edit' | 'audit'): Promise<number> {
  const { id } = await lab.grants.give({ who: `user:${user}`, verbs: [verb], scope: 'tenants/acme' });
  await eventually(async () => expect((await lab.as(user).get('/me')).body.grants).toHaveLength(1));
  return id;
}

// B11
it('a right that is taken away while the body comes is not held any more', async () => {
  const id = await give('slow', 'edit');
  const begun = Promise.withResolvers<void>();
  const rest = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        begun.resolve();
        await rest.promise;
        controller.enqueue(Buffer.from('{"json":"\\"on\\""}'));
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  const answer = request('slow', '/tenants/acme/configs/mode', {
    ...{ method: 'PUT', body, duplex: 'half' },
    headers: { 'content-type': 'application/json', 'if-none-match': '*' },
  } as RequestInit);
  await begun.promise;
  await take('slow', [id]);
  rest.resolve();
  expect((await answer).status).toBe(404);
  expect((await lab.as('root').get('/tenants/acme/configs/mode')).body.version).toBe(0);
});

it('a sign-in that ends while the body comes is over: nothing is written', async () => {
  let now = Date.now();
  const until = now + 60_000;
  await using admin = await createAdmin({
    ...{ orm: lab.system.orm, client: lab.client, clock: () => now, admins: ['user:guest'] },
    auth: () => ({ id: 'guest', groups: [], until }),
  });
  const put = (body: ReadableStream) =>
    admin.fetch(
      new Request('http://localhost/api/v1/tenants/ends/configs/mode', {
        ...{ method: 'PUT', body, duplex: 'half' },
        headers: { 'content-type': 'application/json', 'if-none-match': '*', 'sec-fetch-site': 'same-origin' },
      } as RequestInit),
    );
  const text = '{"json":"\\"on\\""}';
  const late = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        now = until;
        controller.enqueue(Buffer.from(text));
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  const refused = await put(late);
  expect([refused.status, await refused.json()]).toMatchObject([401, { code: 'NOT_SIGNED_IN' }]);
  expect((await lab.as('root').get('/tenants/ends/configs/mode')).body.version).toBe(0);
  now = until - 1;
  expect((await put(new Blob([text]).stream())).status).toBe(200);
});

/** The lines of an export until it breaks off. */
async function brokenOff(reader: ReadableStreamDefaultReader): Promise<number> {
  for (let more = 0; ; more++) {
    const read = await reader.read().catch(() => undefined);
    if (read === undefined) return more;
    // It would be taken for all that there is.
    expect(read.done).toBe(false);
  }
}

// B11
it('an export that is read slowly breaks off where the right to it was taken away', async () => {
  // More than are read ahead.
  for (let i = 0; i < 120; i++) await lab.store.tenant('acme').set(mode, i % 2 === 0 ? 'on' : 'off');
  const id = await give('reader', 'audit');
  const response = await request('reader', '/audit/export');
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  for (let i = 0; i < 5; i++) expect((await reader.read()).done).toBe(false);
  await take('reader', [id]);
  // One was ready before it was asked for.
  expect(await brokenOff(reader)).toBeLessThanOrEqual(1);
});

it('an export breaks off with the end of the sign-in', async () => {
  let now = Date.now();
  const until = now + 60_000;
  await using admin = await createAdmin({
    ...{ orm: lab.system.orm, client: lab.client, clock: () => now, admins: ['user:guest'] },
    auth: () => ({ id: 'guest', groups: [], until }),
  });
  const response = await admin.fetch(new Request('http://localhost/api/v1/audit/export'));
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  for (let i = 0; i < 5; i++) expect((await reader.read()).done).toBe(false);
  now = until;
  expect(await brokenOff(reader)).toBeLessThanOrEqual(1);
});

it('an export that the database breaks off is told to the log of the server', async () => {
  const response = await request('root', '/audit/export');
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  expect((await reader.read()).done).toBe(false);
  await lab.system.sql('rename table tenantry_audit to audit_away');
  try {
    const before = lab.errors.length;
    expect(await brokenOff(reader)).toBeGreaterThan(0);
    expect(lab.errors.slice(before)).toEqual([expect.objectContaining({ code: 'TABLES_MISSING' })]);
  } finally {
    await lab.system.sql('rename table audit_away to tenantry_audit');
  }
});
