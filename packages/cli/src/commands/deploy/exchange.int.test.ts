import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { eventually } from '@tenantry/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CANARY, limit, mode, seats, secret } from '../../../../admin/src/admin.fixture.ts';
import { lab, TOKENS, tenantry, useCliLab } from '../../cli.fixture.ts';
import { freshFolder } from '../../fresh-folder.fixture.ts';

useCliLab();

async function bytesOf(dir: string): Promise<Record<string, string>> {
  const names = (await readdir(dir, { recursive: true, withFileTypes: true })).filter(each => each.isFile());
  const read = names.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name);
    return [path.slice(dir.length + 1), await readFile(path, 'utf8')] as const;
  });
  return Object.fromEntries((await Promise.all(read)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function fill(): Promise<void> {
  await lab.store.scopes.setGroup('eu/west');
  await lab.store.scopes.set('acme', ['eu/west']);
  await lab.store.global().set(seats, { seats: 1, name: 'x' });
  await lab.store.group('eu/west').set(limit, 9);
  await lab.store.tenant('acme').set(mode, 'on');
  await lab.store.tenant('Ümlaut b').set(seats, { seats: 4 });
  await lab.store.tenant('acme').set(secret, { key: `${CANARY}-exported` });
}

// L9
describe('an export', () => {
  it('has every value in a file of its own, secrets as references, the same bytes each time, and imported it writes nothing', async () => {
    await fill();
    const dir = await freshFolder();
    expect(await tenantry(['export', dir])).toMatchObject({
      code: 0,
      err: '',
      out: '7 files written, 0 as they were, 0 deleted\n',
    });
    const first = await bytesOf(dir);
    expect(first).toMatchObject({
      'global/seats.yaml': 'name: x\nseats: 1\n',
      'groups/eu%2Fwest/app%2Flimit.yaml': '9\n',
      'tenants/acme/@groups.yaml': '- eu/west\n',
      'tenants/acme/mode.yaml': expect.stringContaining('on'),
      'tenants/%C3%9Cmlaut%20b/seats.yaml': 'seats: 4\n',
    });
    expect(first['tenants/acme/token.yaml']).toMatch(/^\$secret:\n {2}as: json\n {2}env: TENANTRY_TENANT_ACME_TOKEN/);
    expect(JSON.stringify(first)).not.toContain(CANARY);
    expect(await tenantry(['import', dir, '--prune'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('nothing would change'),
    });
    expect(await tenantry(['export', dir, '--prune'])).toMatchObject({
      code: 0,
      out: '0 files written, 7 as they were, 0 deleted\n',
    });
    expect(await bytesOf(dir)).toEqual(first);
    await lab.store.tenant('acme').unset(mode);
    expect(await tenantry(['export', dir, '--prune'])).toMatchObject({
      out: '0 files written, 6 as they were, 1 deleted\n',
    });
  });

  it('of some scopes or configs, in another format, and of what the caller may see', async () => {
    await fill();
    const [some, seen] = [await freshFolder(), await freshFolder()];
    expect(await tenantry(['export', some, '--scopes', 'acme', '--format', 'json', '--configs', 'mode'])).toMatchObject(
      { code: 0 },
    );
    expect(await bytesOf(some)).toEqual({ 'tenants/acme/mode.json': '"on"\n' });
    await lab.grants.give({ who: 'user:ann', verbs: ['list'], scope: 'tenants/acme' });
    const listed = await eventually(async () => {
      const tried = await tenantry(['export', seen], { token: TOKENS.ann });
      expect(tried.err).toContain('not exported: mode: you may not view it');
      return tried;
    });
    expect(listed).toMatchObject({
      code: 4,
      err: expect.stringContaining('not exported: other tenants: you may not view it'),
    });
    expect(Object.keys(await bytesOf(seen))).toEqual(['tenants/acme/@groups.yaml']);
    expect(await tenantry(['export', some, '--prune', '--scopes', 'acme'])).toMatchObject({ code: 1 });
  });
});

it('an export names what the token may not see, and a named scope that is not to be seen is NOT_FOUND', async () => {
  await fill();
  const dir = await freshFolder();
  await lab.grants.give({ who: 'user:ann', verbs: ['view'], scope: 'tenants/*' });
  const seen = await eventually(async () => {
    const tried = await tenantry(['export', dir], { token: TOKENS.ann });
    expect(tried.err).not.toContain('tenants:');
    return tried;
  });
  expect(seen).toMatchObject({ code: 4, err: expect.stringContaining('not exported: global: you may not view it\n') });
  expect(seen.err).toContain('not exported: groups: you may not view it\n');
  expect(Object.keys(await bytesOf(dir)).filter(path => !path.startsWith('tenants/'))).toEqual([]);
  // The files of what is not seen would go.
  expect(await tenantry(['export', dir, '--prune'], { token: TOKENS.ann })).toMatchObject({
    code: 1,
    err: expect.stringContaining('you may not see global, groups. Nothing was written.'),
  });
  for (const scope of ['global', 'groups/eu%2Fwest', 'groups/nosuch']) {
    const named = await tenantry(['export', dir, '--scopes', scope], { token: TOKENS.ann });
    expect(named).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/NOT_FOUND: There is no (global|groups)/),
    });
  }
  await lab.grants.give({ who: 'user:ann', verbs: ['view'], scope: 'global', config: 'seats' });
  const some = await eventually(async () => {
    const tried = await tenantry(['export', dir], { token: TOKENS.ann });
    expect(tried.err).not.toContain('not exported: global:');
    return tried;
  });
  expect(some.err).toContain('not exported: mode of global: you may not view it\n');
  expect(some.err).not.toContain('seats of global');
  const unknown = await tenantry(['export', dir, '--scopes', 'groups/nosuch']);
  expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining('There is no groups/nosuch') });
  expect(await tenantry(['export', dir, '--scopes', 'acme'], { token: TOKENS.ann })).toMatchObject({ code: 0 });
});

describe('files of other systems', () => {
  it('become values with the same safety; what is left out is listed, and the program ends with 4', async () => {
    const dir = await freshFolder();
    const [env, map] = [join(dir, 'app.env'), join(dir, 'map.yaml')];
    await writeFile(env, 'APP_SEATS=7\nAPP_MODE=on\nAPP_TOKEN=secret-canary-77\nAPP_UNKNOWN__X=1\nnonsense\n');
    await writeFile(map, 'configs:\n  APP_SEATS: seats#/seats\n  APP_TOKEN: token#/key\n');
    const words = ['import', '--from', 'dotenv', env, '--map', map, '--prefix', 'APP_', '--scope', 'tenants/imported'];
    const dry = await tenantry([...words, '--dry-run']);
    expect(dry).toMatchObject({ code: 4, err: 'not imported: line 5: is neither a variable nor a comment\n' });
    expect(dry.out).toContain('+ seats: {"seats":7}');
    expect(dry.out).toContain('+ token: ******');
    expect(dry.out).toContain('! app.env:4 APP_UNKNOWN__X: the server has no config "unknown"');
    const done = await tenantry(words);
    expect(done.code).toBe(4);
    for (const text of [dry.out, dry.err, done.out, done.err]) expect(text).not.toContain('secret-canary');
    expect(await lab.store.tenant('imported').get(seats)).toMatchObject({ value: { seats: 7 } });
    expect(await lab.store.tenant('imported').get(secret)).toMatchObject({ value: { key: 'secret-canary-77' } });
  });

  it('that say a part of a config leave its rest as it is, and say where what cannot be planned stands', async () => {
    const env = join(await freshFolder(), 'part.env');
    await lab.store.tenant('parts').set(seats, { seats: 3, name: 'Gold' });
    await lab.store.tenant('parts').set(secret, { key: CANARY });
    await writeFile(env, '# of parts\n\nSEATS__SEATS=20\nTOKEN__KEY=new\n');
    const words = ['import', '--from', 'dotenv', env, '--scope', 'parts', '--write-secrets'];
    const dry = await tenantry([...words, '-n']);
    expect(dry.out).toContain('→ {"seats":20,"name":"Gold"}');
    expect(await tenantry(words)).toMatchObject({
      code: 2,
      out: expect.stringContaining('= token of tenants/parts is left alone: the file says a part of it'),
    });
    expect(await lab.store.tenant('parts').get(seats)).toMatchObject({ value: { seats: 20, name: 'Gold' } });
    expect(await lab.store.tenant('parts').get(secret)).toMatchObject({ value: { key: CANARY } });
    await writeFile(env, 'SEATS__SEATS=many\nSEATS__NAME=Gold\n');
    expect((await tenantry(words)).out).toContain('! part.env:1 SEATS__SEATS, part.env:2 SEATS__NAME: ');
    await writeFile(env, 'MODE=on\n');
    const global = await tenantry(['import', '--from', 'dotenv', env]);
    expect(global.out).toContain(
      '! part.env:1 MODE: "mode" is of tenants alone: nobody inherits it. Set it in tenants/<id>',
    );
  });

  it('that say nothing else end with 0, also from the environment, and a map leaves out on purpose', async () => {
    const env = { TENANTRY_IMPORT_MODE: 'on', OTHER: 'x' };
    const words = ['import', '--from', 'env', '--scope', 'from-env'];
    expect(await tenantry(words, { env })).toMatchObject({ code: 0, err: '' });
    expect(await tenantry(words, { env })).toMatchObject({
      code: 0,
      out: 'nothing would change; 1 is so already\n',
    });
    const unleash = join(await freshFolder(), 'unleash.json');
    const features = [{ name: 'limit-on' }, { name: 'half' }].map(each => ({ ...each, enabled: true, strategies: [] }));
    await writeFile(unleash, JSON.stringify({ version: 2, features }));
    expect(await tenantry(['import', '--from', 'unleash', unleash])).toMatchObject({ code: 4 });
    for (const wrong of [
      ['import', '--from', 'unleash'],
      ['import', '--from', 'env', unleash],
      ['import', '--from', 'nobody', unleash],
      ['import', unleash],
      ['import', '--from', 'unleash', unleash, '--prune'],
    ])
      expect(await tenantry(wrong)).toMatchObject({ code: 1, out: '' });
  });
});

// C3
it('--dry-run and plan send nothing that writes: a proxy that refuses writes has none to refuse', async () => {
  await fill();
  const dir = await freshFolder();
  await tenantry(['export', dir]);
  await writeFile(join(dir, 'tenants/acme/seats.yaml'), 'seats: 55\n');
  await writeFile(join(dir, 'app.env'), 'SEATS__SEATS=8\n');
  const calls: string[] = [];
  const proxy = createServer((incoming, outgoing) => {
    calls.push(`${incoming.method} ${incoming.url}`);
    const isRead = incoming.method === 'GET' || /\/(preview|stored)$/.test(incoming.url ?? '');
    if (!isRead) return void outgoing.writeHead(500).end('this proxy refuses writes');
    const { port } = new URL(lab.url);
    const through = request(
      { port, method: incoming.method, path: incoming.url, headers: incoming.headers },
      answer => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      },
    );
    incoming.pipe(through);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => void proxy.close());
  const env = { TENANTRY_URL: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  for (const words of [
    ['plan', dir, '--prune', '--max-prune', '100%'],
    ['apply', dir, '--dry-run', '--prune', '--yes', '--max-prune', '100%'],
    ['import', dir, '--dry-run'],
    ['import', '--from', 'dotenv', join(dir, 'app.env'), '--dry-run'],
  ])
    expect([words[0], await tenantry(words, { env })]).toEqual([
      words[0],
      expect.objectContaining({ code: 2, err: '' }),
    ]);
  expect(calls.filter(call => !call.startsWith('GET') && !/\/(preview|stored)$/.test(call))).toEqual([]);
  expect(calls.length).toBeGreaterThan(10);
});
