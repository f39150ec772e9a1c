import { eventually } from '@tenantry/testing';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { limit, mode, seats, secret } from '../../../../admin/src/admin.fixture.ts';
import { lab, openCliLab, TOKENS, tenantry, useCliLab } from '../../cli.fixture.ts';

useCliLab();
let count = 0;
let [one, two] = ['', ''];
beforeEach(async () => {
  count++;
  [one, two] = [`one${count}`, `two${count}`];
  await lab.store.tenant(one).set(mode, 'on');
  await lab.store.tenant(one).set(seats, { seats: 5 });
  await lab.store.tenant(one).set(secret, { key: `secret-of-${one}` });
  await lab.store.tenant(two).set(seats, { seats: 6 });
});
const signs = (out: string) => JSON.parse(out).map(({ sign, config }: Record<string, string>) => `${sign}${config}`);

describe('two scopes', () => {
  it('are compared by what they set: 2 where something differs, 0 where nothing does', async () => {
    const { code, out } = await tenantry(['diff', one, two, '-o', 'json']);
    expect([code, signs(out)]).toEqual([2, ['-mode', '~seats', '-token']]);
    expect(out).not.toContain('secret-of');
    expect(await tenantry(['diff', one, one])).toMatchObject({
      code: 0,
      err: '1 secret is set in both, and not compared\n',
    });
    const some = await tenantry(['diff', one, two, '--configs', 'mode', '-o', 'json']);
    expect(signs(some.out)).toEqual(['-mode']);
  });

  it('are not compared by a config that is none', async () => {
    for (const more of [[two], ['--against', lab.url]])
      expect(
        await tenantry(['diff', one, ...more, '--configs', 'seat'], { env: { TENANTRY_AGAINST_TOKEN: TOKENS.root } }),
      ).toMatchObject({
        code: 1,
        err: expect.stringContaining('no config "seat", or you may not see it. Did you mean seats?'),
      });
  });

  it('may be compared by what readers get, and by their groups', async () => {
    await lab.store.tenant(two).set(mode, 'off');
    await lab.store.tenant(one).set(mode, 'off');
    await lab.store.tenant(one).unset(mode);
    await lab.store.scopes.setGroup('eu');
    await lab.store.scopes.set(one, ['eu']);
    const own = await tenantry(['diff', one, two, '--configs', 'mode', '-o', 'json']);
    expect(signs(own.out)).toEqual(['+mode']);
    expect(await tenantry(['diff', one, two, '--configs', 'mode', '--effective'])).toMatchObject({ code: 0 });
    const groups = await tenantry(['diff', one, two, '--groups', '--configs', 'mode', '-o', 'json']);
    expect(signs(groups.out)).toEqual(['~@groups', '+mode']);
  });

  it('a version behind a config is still a version of it', async () => {
    await lab.store.tenant(one).set(seats, { seats: 9 });
    const versions = await tenantry(['diff', one, 'seats', '1', '2', '-o', 'json']);
    expect(JSON.parse(versions.out).operations).toEqual([{ op: 'replace', path: '/seats', value: 9 }]);
    for (const wrong of [['diff', one], ['diff'], ['diff', '--effective', '--against', lab.url]])
      expect(await tenantry(wrong)).toMatchObject({ code: 1, err: expect.stringContaining('INVALID_OPTION') });
  });
});

it('two installations are compared, all of them or one scope, with the token of each', async () => {
  const other = await openCliLab();
  onTestFinished(() => other[Symbol.asyncDispose]());
  await other.store.tenant(one).set(seats, { seats: 5 });
  await other.store.global().set(limit, 3);
  const env = { TENANTRY_AGAINST_TOKEN: TOKENS.root };
  const all = await tenantry(['diff', '--against', other.url, '-o', 'ndjson'], { env });
  const found = all.out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  expect(all.code).toBe(2);
  expect(found).toContainEqual({ scope: 'global', config: 'app/limit', sign: '+', other: 3 });
  expect(found).toContainEqual({ scope: `tenants/${one}`, config: 'mode', sign: '-', value: 'on' });
  expect(found.some(({ scope, config }) => scope === `tenants/${one}` && config === 'seats')).toBe(false);
  const scoped = await tenantry(['diff', one, '--against', other.url, '--configs', 'seats'], { env });
  expect(scoped).toMatchObject({ code: 0 });
  // The token of one server is not sent to another.
  expect(await tenantry(['diff', one, '--against', other.url])).toMatchObject({
    code: 3,
    err: expect.stringContaining('NOT_SIGNED_IN'),
  });
});

describe('a copy', () => {
  it('writes what differs and no more, in one transaction; secrets are left out and listed', async () => {
    const words = ['copy', one, two, '-m', 'T-9'];
    const dry = await tenantry([...words, '--dry-run']);
    expect(dry).toMatchObject({ code: 4, err: 'not copied: token: it is a secret, or you may not view it\n' });
    expect(dry.out).toContain('~ seats (version 1): {"seats":6} → {"seats":5}');
    expect(await tenantry([...words, '--configs', 'seats', '--dry-run'])).toMatchObject({ code: 2, err: '' });
    expect(await lab.store.tenant(two).get(seats)).toMatchObject({ value: { seats: 6 } });
    expect(await tenantry(words)).toMatchObject({ code: 4, out: expect.stringContaining('2 changed in 1 scope') });
    expect(await lab.store.tenant(two).get(mode)).toMatchObject({ value: 'on' });
    expect(await lab.store.tenant(two).get(secret)).toBeUndefined();
    expect((await lab.store.tenant(two).history(mode)).items[0]).toMatchObject({ reason: 'T-9' });
    expect(await tenantry(['copy', one, two, '--configs', 'seats'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('nothing would change'),
    });
  });

  it('names the ends that it cannot copy: 4', async () => {
    const end = new Date(Date.now() + 3_600_000);
    await lab.store.tenant('ending').set(mode, 'on', { expiresAt: end });
    const copied = await tenantry(['copy', 'ending', two, '--configs', 'mode']);
    expect(copied).toMatchObject({ code: 4, err: expect.stringMatching(/^copied without its end \(20.*Z\): mode\n$/) });
  });

  it('of a scope that sets nothing says so, and of a group that is not there nothing is copied', async () => {
    expect(await tenantry(['copy', 'nobodyy', two])).toMatchObject({
      code: 0,
      err: 'tenants/nobodyy sets nothing that you may see: is the name right?\n',
    });
    expect(await tenantry(['copy', 'groups/nowhere', two])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/NOT_FOUND: There is no groups\/nowhere/),
    });
  });

  it('has secrets with --reveal and a reason alone, and prints none', async () => {
    expect(await tenantry(['copy', one, two, '--reveal'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('--reason'),
    });
    const done = await tenantry(['copy', one, two, '--reveal', '-m', 'move', '--configs', 'token', '-o', 'json']);
    expect(done).toMatchObject({ code: 0, err: '' });
    expect(done.out).not.toContain('secret-of');
    expect(await lab.store.tenant(two).get(secret)).toMatchObject({ value: { key: `secret-of-${one}` } });
    await lab.grants.give({ who: 'user:ann', verbs: ['edit'], scope: 'tenants/*' });
    const refused = await eventually(async () => {
      const tried = await tenantry(['copy', one, two, '--reveal', '-m', 'x', '--configs', 'token'], {
        token: TOKENS.ann,
      });
      expect(tried.code).toBe(3);
      return tried;
    });
    expect(refused.err).toContain('FORBIDDEN');
  });

  it('puts the destination into the groups of the source where that is asked for', async () => {
    await lab.store.scopes.setGroup('us');
    await lab.store.scopes.set(one, ['us']);
    expect(await tenantry(['copy', one, two, '--groups', '--configs', 'mode'])).toMatchObject({ code: 0 });
    expect(JSON.parse((await tenantry(['tenants', 'get', two, '-o', 'json'])).out).groups).toEqual(['us']);
    for (const wrong of [
      ['copy', one, one],
      ['copy', one, two, '--configs', 'nope'],
      ['copy', 'global', two, '--groups'],
    ])
      expect(await tenantry(wrong)).toMatchObject({ code: 1 });
  });
});
