import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { limit, mode, seats } from '../../../../admin/src/admin.fixture.ts';
import { lab, tenantry, useCliLab } from '../../cli.fixture.ts';
import { freshFolder } from '../../fresh-folder.fixture.ts';
import { dir, files, tenant, useDeployFolder, versionOf } from './deploy-folder.fixture.ts';

useCliLab();
useDeployFolder();

/** Each test's own loader: what one has set, no other takes away. */
const deploy = (...words: string[]) =>
  tenantry([...words, ...(words.includes('--name') ? [] : ['--name', `loader-${tenant}`])]);
const seatsOf = (i: number) => join(dir, 'tenants', `${tenant}-${i}`, 'seats.yaml');

/** Ten tenants with one value each, and two of them with a second one: all applied. */
async function apply(options: readonly string[] = []): Promise<void> {
  for (let i = 0; i < 10; i++) await files({ [`tenants/${tenant}-${i}/mode.yaml`]: '"on"\n' });
  for (const i of [0, 1]) await files({ [`tenants/${tenant}-${i}/seats.yaml`]: 'seats: 3\n' });
  expect(await deploy('apply', dir, ...options)).toMatchObject({ code: 0, err: '' });
}

describe('what a folder does not say any more', () => {
  it('stays without --prune; with it, it is taken away where that is little, and --yes stands', async () => {
    await apply();
    await rm(seatsOf(0));
    expect(await deploy('plan', dir)).toMatchObject({ code: 0 });
    expect(await deploy('plan', dir, '--prune')).toMatchObject({
      code: 2,
      out: expect.stringContaining('  - seats (version 1)'),
    });
    const asked = await deploy('apply', dir, '--prune');
    expect(asked).toMatchObject({ code: 3, err: expect.stringContaining('NEEDS_YES') });
    expect(await versionOf(`${tenant}-0`, 'seats')).toBe(1);
    expect(await deploy('apply', dir, '--prune', '--yes')).toMatchObject({ code: 0 });
    expect(await versionOf(`${tenant}-0`, 'seats')).toBe(2);
    const { items } = await lab.store.tenant(`${tenant}-0`).history(seats);
    expect(items.map(({ origin }) => origin)).toEqual([
      `file:loader-${tenant}:tenants/${tenant}-0/seats.yaml#gone`,
      expect.stringMatching(/^file:loader-t\d+:tenants\/t\d+-0\/seats\.yaml#[0-9a-f]{64}$/),
    ]);
    expect(await deploy('plan', dir, '--prune')).toMatchObject({ code: 0 });
  });

  // L6
  it('stays where a file has the place of the folder of its scope, and that is said', async () => {
    await apply();
    const place = `tenants/${tenant}-0`;
    await rm(join(dir, place), { recursive: true });
    await files({ [place]: '../elsewhere' });
    const asked = await deploy('apply', dir, '--prune', '--yes', '--max-prune', '100%');
    expect(asked).toMatchObject({
      code: 4,
      out: expect.stringMatching(new RegExp(`${place}\\b.*expected here, and this is a file`)),
    });
    expect(await versionOf(`${tenant}-0`, 'seats')).toBe(1);
  });

  // L6
  it('is never taken away where it is much, or the folder is empty or gone: the answer has the option that would let it', async () => {
    await apply();
    for (const i of [0, 1]) await rm(seatsOf(i));
    const much = await deploy('apply', dir, '--prune', '--yes');
    expect(much).toMatchObject({
      code: 3,
      err: expect.stringMatching(/TOO_MANY_DELETIONS: 2 of 12 .*--max-prune 2\./),
    });
    // A plan writes nothing: it shows what would go.
    for (const words of [
      ['plan', dir],
      ['apply', dir, '-n'],
    ])
      expect(await deploy(...words, '--prune')).toMatchObject({
        code: 3,
        out: expect.stringMatching(/- seats.*- seats.*2 of them taken away/s),
        err: expect.stringContaining('TOO_MANY_DELETIONS: 2 of 12'),
      });
    const empty = await freshFolder();
    await mkdir(join(empty, 'tenants', tenant), { recursive: true });
    expect(await deploy('apply', empty, '--prune', '--yes')).toMatchObject({
      code: 3,
      err: expect.stringContaining('EMPTY_FOLDER'),
    });
    expect(await deploy('apply', join(empty, 'gone'), '--prune', '--yes')).toMatchObject({ code: 1 });
    expect(await versionOf(`${tenant}-0`, 'seats')).toBe(1);
    expect(await deploy('apply', dir, '--prune', '--yes', '--max-prune', '2')).toMatchObject({ code: 0 });
    expect(await versionOf(`${tenant}-0`, 'seats')).toBe(2);
  });

  it.each(['seed', 'report', 'overwrite'])(
    'is nobody’s once it is gone: another loader sets it again, with %s',
    async policy => {
      await apply();
      await rm(seatsOf(0));
      expect(await deploy('apply', dir, '--prune', '--yes')).toMatchObject({ code: 0 });
      // As `tenantry load --prune` leaves them.
      await lab.store.scopes.setGroup(`${tenant}-g`);
      await lab.store.scopes.set(`${tenant}-0`, [], { origin: `file:old:tenants/${tenant}-0/@groups.yaml#gone` });
      await files({
        [`tenants/${tenant}-0/seats.yaml`]: 'seats: 3\n',
        [`tenants/${tenant}-0/@groups.yaml`]: `[${tenant}-g]\n`,
      });
      expect(await deploy('apply', dir, '--name', 'another', '--policy', policy)).toMatchObject({ code: 0 });
      expect(await versionOf(`${tenant}-0`, 'seats')).toBe(3);
      expect(await lab.store.scopes.get(`${tenant}-0`)).toEqual([`${tenant}-g`]);
    },
  );

  it('stays where its file cannot be read', async () => {
    await apply();
    await files({ [`tenants/${tenant}-0/seats.yaml`]: 'seats: [\n' });
    expect(await deploy('apply', dir, '--prune', '--yes')).toMatchObject({ code: 4 });
    expect(await versionOf(`${tenant}-0`, 'seats')).toBe(1);
  });

  it('stays where its file has a former name of its config and cannot be read, or is refused', async () => {
    const path = `tenants/${tenant}/app%2Fold.yaml`;
    await files({ [path]: '3\n', [`tenants/${tenant}/mode.yaml`]: '"on"\n' });
    expect(await deploy('apply', dir)).toMatchObject({ code: 0 });
    for (const text of ['[3\n', '$secret: { env: LIMIT }\n']) {
      await files({ [path]: text });
      const applied = await deploy('apply', dir, '--prune', '--yes', '--max-prune', '100%');
      expect(applied).toMatchObject({ code: 4, out: expect.stringContaining(`! ${path}`) });
      expect(await lab.store.tenant(tenant).get(limit)).toMatchObject({ value: 3, version: 1 });
    }
  });

  it('is taken away with the folder of its scope, but for what others have set there', async () => {
    await apply();
    const gone = `${tenant}-1`;
    await lab.store.tenant(gone).set(mode, 'off', { actor: 'ann' });
    await lab.store.tenant(`${tenant}-elsewhere`).set(seats, { seats: 4 });
    await rm(join(dir, 'tenants', gone), { recursive: true });
    const planned = await deploy('plan', dir, '--prune');
    expect(planned).toMatchObject({ code: 2, out: expect.stringContaining(`tenants/${gone}\n  - seats (version 1)`) });
    expect(planned.out).not.toContain('elsewhere');
    expect(await deploy('apply', dir, '--prune', '--yes')).toMatchObject({ code: 0 });
    expect(await lab.store.tenant(gone).get(seats)).toBeUndefined();
    expect(await lab.store.tenant(gone).get(mode)).toMatchObject({ value: 'off' });
    expect(await lab.store.tenant(`${tenant}-elsewhere`).get(seats)).toMatchObject({ value: { seats: 4 } });
  });

  it('stays in all scopes without a folder while a file has a problem of which nobody knows the scope', async () => {
    await apply();
    await rm(join(dir, 'tenants', `${tenant}-1`), { recursive: true });
    await files({ 'tenants/limits.yaml': '1\n' });
    expect(await deploy('apply', dir, '--prune', '--yes')).toMatchObject({ code: 4 });
    expect(await versionOf(`${tenant}-1`, 'seats')).toBe(1);
  });

  // L10
  it('stays where a person has set it since, or has set it first, and is listed with its author', async () => {
    await apply();
    for (const i of [0, 1]) await rm(seatsOf(i));
    await lab.store.tenant(`${tenant}-0`).set(seats, { seats: 7 }, { actor: 'ann' });
    await lab.store.tenant(`${tenant}-2`).set(seats, { seats: 8 }, { actor: 'ben' });
    const planned = await deploy('plan', dir, '--prune');
    expect(planned.code).toBe(2);
    expect(planned.out).toContain(
      `= seats of tenants/${tenant}-0 is left alone: no file says it, and ann has set it\n`,
    );
    expect(planned.out).toContain(
      `= seats of tenants/${tenant}-2 is left alone: no file says it, and ben has set it\n`,
    );
    expect(planned.out).toMatch(/1 would change in 1 scope, 1 of them taken away; .*, 2 left alone/);
    expect(await deploy('apply', dir, '--prune', '--yes')).toMatchObject({ code: 0 });
    expect(await lab.store.tenant(`${tenant}-0`).get(seats)).toMatchObject({ value: { seats: 7 } });
    expect(await lab.store.tenant(`${tenant}-1`).get(seats)).toBeUndefined();
    expect(await lab.store.tenant(`${tenant}-2`).get(seats)).toMatchObject({ value: { seats: 8 } });
  });

  it('is taken away by the loader that has set it, and by none of another name', async () => {
    await apply(['--name', 'first']);
    await rm(seatsOf(0));
    expect(await deploy('apply', dir, '--prune', '--yes', '--name', 'second')).toMatchObject({ code: 0 });
    expect(await versionOf(`${tenant}-0`, 'seats')).toBe(1);
    expect(await deploy('apply', dir, '--prune', '--yes', '--name', 'first')).toMatchObject({ code: 0 });
    expect(await versionOf(`${tenant}-0`, 'seats')).toBe(2);
    expect(await deploy('plan', dir, '--name', 'a b')).toMatchObject({
      code: 1,
      err: expect.stringContaining('--name must be'),
    });
  });

  it('that a person sets after the plan is kept: the scope is refused', async () => {
    await apply();
    await rm(seatsOf(0));
    const file = join(dir, '..', `${tenant}.plan.json`);
    expect((await deploy('plan', dir, '--prune', '--save', file)).code).toBe(2);
    await lab.store.tenant(`${tenant}-0`).set(seats, { seats: 7 }, { actor: 'ann' });
    expect(await deploy('apply', file, '--yes')).toMatchObject({
      code: 3,
      err: expect.stringContaining('CONFLICT'),
    });
    expect(await lab.store.tenant(`${tenant}-0`).get(seats)).toMatchObject({ value: { seats: 7 } });
  });
});

describe('what others have set', () => {
  // L10
  it('is overwritten, or stays and is told, or stays as everything does: as --policy says', async () => {
    await apply();
    const [ann, mine] = [`${tenant}-0`, `${tenant}-1`];
    await lab.store.tenant(ann).set(mode, 'off', { actor: 'ann' });
    await lab.store.scopes.setGroup('policies');
    await lab.store.scopes.set(ann, ['policies'], { actor: 'ann' });
    await files({
      [`tenants/${mine}/mode.yaml`]: '"off"\n',
      [`tenants/${ann}/@groups.yaml`]: '[]\n',
      [`tenants/${tenant}-new/mode.yaml`]: '"on"\n',
    });
    const planned = async (policy: string) => {
      const { code, out } = await deploy('plan', dir, '--policy', policy, '-o', 'json');
      const { scopes, left } = JSON.parse(out) as {
        scopes: { scope: string; groups?: object; changes: { config: string }[] }[];
        left: object[];
      };
      const changed = scopes.flatMap(({ scope, groups, changes }) => [
        ...changes.map(({ config }) => `${config} of ${scope}`),
        ...(groups ? [`groups of ${scope}`] : []),
      ]);
      return { code, changed: changed.sort(), left };
    };
    const [news, own] = [`mode of tenants/${tenant}-new`, `mode of tenants/${mine}`];
    const foreign = ['mode', '@groups'].map(config => ({ scope: `tenants/${ann}`, config, by: 'ann' }));
    expect(await planned('seed')).toEqual({
      ...{ code: 2, changed: [news] },
      left: [...foreign.map(each => ({ ...each, why: 'kept' })), expect.objectContaining({ scope: `tenants/${mine}` })],
    });
    expect(await planned('report')).toEqual({
      ...{ code: 2, changed: [own, news].sort(), left: foreign.map(each => ({ ...each, why: 'drift' })) },
    });
    expect(await planned('overwrite')).toEqual({
      ...{ code: 2, changed: [own, news, `mode of tenants/${ann}`, `groups of tenants/${ann}`].sort(), left: [] },
    });
    const reported = await deploy('apply', dir, '--policy', 'report');
    expect(reported).toMatchObject({
      ...{ code: 2, err: '' },
      out: expect.stringContaining(`= mode of tenants/${ann} is left alone: ann has set it otherwise\n`),
    });
    expect(await lab.store.tenant(ann).get(mode)).toMatchObject({ value: 'off' });
    expect(await lab.store.tenant(mine).get(mode)).toMatchObject({ value: 'off' });
    expect(await deploy('apply', dir)).toMatchObject({ code: 0 });
    expect(await lab.store.tenant(ann).get(mode)).toMatchObject({ value: 'on' });
    expect(await lab.store.scopes.get(ann)).toEqual([]);
  });
});
