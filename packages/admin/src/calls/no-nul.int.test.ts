import { writeBack } from '@tenantry/mikro-orm';
import { beforeAll, expect, it } from 'vitest';
import { lab, later, mode, useLab } from '../admin.fixture.ts';

useLab();
beforeAll(() => lab.store.tenant('acme').set(mode, 'off'));

const NUL = '\u0000';
const configs = '/tenants/acme/configs';

// PostgreSQL keeps no U+0000 in a text: each of these would be asked again and again, and a write-back would never be flushed.
it.each<[method: string, path: string, body?: unknown]>([
  ['PUT', `${configs}/mode`, { value: 'on', reason: NUL }],
  ['PUT', `${configs}/later`, { value: 5, reason: `a${NUL}b` }],
  ['DELETE', `${configs}/mode?reason=a%00b`],
  ['POST', configs, { changes: [{ config: 'mode', value: 'on', ifVersion: 0 }], reason: NUL }],
  ['POST', `${configs}/token/reveal`, { reason: `x${NUL}` }],
  ['POST', '/grants', { who: 'user:ann', verbs: ['list'], scope: 'global', config: '*', reason: NUL }],
  ['POST', '/grants', { who: `user:${NUL}`, verbs: ['list'], scope: 'global', config: '*' }],
  ['PUT', '/groups/eu', { groups: [], reason: NUL }],
  ['POST', '/operations/dead-letters/retry', { ids: [NUL] }],
  ['GET', '/audit?config=%00'],
  ['GET', '/audit?actor=%00'],
  ['GET', '/audit?action=%00'],
  ['GET', '/audit/export?actor=%00'],
  ['GET', '/tenants?search=%00'],
  ['GET', '/groups?search=%00'],
  ['GET', '/definitions/mode/matrix?search=%00'],
  ['GET', '/grants?who=%00'],
])('a text with U+0000 is refused, whatever the database: %s %s', async (method, path, body) => {
  const isNew = method === 'PUT' && !path.endsWith('/mode');
  const headers = isNew ? { 'if-none-match': '*' } : { 'if-match': '*' };
  const answer = await lab.as('root').send(method, path, body, headers);
  expect([answer.status, answer.body.retryable]).toEqual([400, false]);
  expect((await lab.as('root').get(`${configs}/later`)).body.state).toBe('none');
  expect((await lab.as('root').get(`${configs}/mode`)).body.version).toBe(1);
});

it('in a value it is kept, and comes back', async () => {
  const root = lab.as('root');
  const value = { seats: 1, name: `a${NUL}b` };
  expect((await root.send('PUT', `${configs}/seats`, { value }, { 'if-none-match': '*' })).status).toBe(200);
  expect(JSON.parse((await root.get(`${configs}/seats`)).body.json)).toEqual(value);
  await lab.store.tenant('acme').set(later, 6);
  await writeBack(lab.system.orm).flush();
  expect((await root.get(`${configs}/later`)).body).toMatchObject({ json: '6', dirty: false });
});
