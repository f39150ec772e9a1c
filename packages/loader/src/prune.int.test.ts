import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from './apply/load-report.ts';
import { folderWith, put } from './folder/folder.fixture.ts';
import { actionsOf, freshName, limits, load, started, store, storedIn, useSystem } from './loader.fixture.ts';

useSystem();

// L6
describe('taking away', () => {
  async function tenOf(name: string) {
    const files = Object.fromEntries(
      Array.from({ length: 10 }, (_, i) => [`tenants/${name}-${i}/limits.yaml`, 'max: 1']),
    );
    const dir = await folderWith(files);
    await load(dir, { name });
    return dir;
  }

  it('is only done where it is asked for, and of at most a part', async () => {
    const name = freshName();
    const dir = await tenOf(name);
    await rm(join(dir, `tenants/${name}-0`), { recursive: true });
    expect((await load(dir, { name })).prune).toEqual({ orphans: 1, refusal: 'not asked for' });
    await rm(join(dir, `tenants/${name}-1`), { recursive: true });
    const refused = await load(dir, { name, prune: true });
    expect([refused.prune, exitCodeOf(refused)]).toEqual([{ orphans: 2, refusal: 'too many' }, 3]);
    expect((await load(dir, { name, prune: true, maxPrune: '20%', dryRun: true })).counts.prune).toBe(2);
    expect((await load(dir, { name, prune: true, maxPrune: 2 })).counts.prune).toBe(2);
    expect(await storedIn(`tenants/${name}-0`)).toEqual({ limits: [2, undefined] });
    expect((await load(dir, { name, prune: true })).prune).toEqual({ orphans: 0, refusal: undefined });
    await put(dir, { [`tenants/${name}-0/limits.yaml`]: 'max: 3' });
    expect((await load(dir, { name, policy: 'seed' })).counts.create).toBe(1);
  });

  it('is not done because a folder is empty or gone', async () => {
    const name = freshName();
    const dir = await tenOf(name);
    await rename(join(dir, 'tenants'), join(dir, '.tenants'));
    const empty = await load(dir, { name, prune: true, maxPrune: '100%' });
    expect([empty.prune, exitCodeOf(empty)]).toEqual([{ orphans: 10, refusal: 'the folder is empty' }, 3]);
    const gone = await load(join(dir, 'nothing'), { name, prune: true, maxPrune: '100%' });
    expect(gone.prune).toEqual({ orphans: 10, refusal: 'the folder is gone' });
    expect(exitCodeOf(gone)).toBe(1);
    await rename(join(dir, '.tenants'), join(dir, 'tenants'));
    expect((await load(dir, { name, prune: true })).counts).toMatchObject({ same: 10, prune: 0 });
  });

  it('touches nothing of another loader, and deletes groups last', async () => {
    const [name, other] = [freshName(), freshName()];
    const dir = await folderWith({
      [`groups/${name}/limits.yaml`]: 'max: 1',
      [`tenants/${name}/@groups.yaml`]: `[${name}]`,
      [`tenants/${name}-x/limits.yaml`]: 'max: 1',
    });
    await load(dir, { name });
    await load(await folderWith({ [`tenants/${other}/limits.yaml`]: 'max: 1' }), { name: other });
    await rm(join(dir, 'groups'), { recursive: true });
    await rm(join(dir, `tenants/${name}`), { recursive: true });
    const report = await load(dir, { name, prune: true, maxPrune: '100%' });
    expect(actionsOf(report)).toMatchObject({
      [`groups/${name} @groups`]: 'prune',
      [`groups/${name} limits`]: 'prune',
    });
    expect(report.counts.refused).toBe(0);
    expect(await store.scopes.getGroup(name)).toBeUndefined();
    expect(await storedIn(`tenants/${other}`)).toEqual({ limits: [1, { max: 1 }] });
    expect((await load(dir, { name, prune: true })).prune.orphans).toBe(0);
  });

  it.each(['seed', 'report', 'overwrite'] as const)(
    'leaves nothing to nobody: another loader sets it again, with %s',
    async policy => {
      const [from, to] = [freshName(), freshName()];
      const files = { [`tenants/${from}/limits.yaml`]: 'max: 1', [`tenants/${from}/@groups.yaml`]: `[${from}]` };
      const group = { [`groups/${from}/limits.yaml`]: 'max: 2' };
      const old = await folderWith({ ...files, ...group });
      await load(old, { name: from });
      await rm(join(old, 'tenants'), { recursive: true });
      expect((await load(old, { name: from, prune: true, maxPrune: 2 })).counts.prune).toBe(2);
      const report = await load(await folderWith(files), { name: to, policy });
      expect(actionsOf(report)).toEqual({
        [`tenants/${from} @groups`]: 'create',
        [`tenants/${from} limits`]: 'create',
      });
      expect(await storedIn(`tenants/${from}`)).toEqual({ '@groups': [3, [from]], limits: [3, { max: 1 }] });
    },
  );

  it('is not done, and said, where a file has the place of the folder of a scope: a link that git wrote as a file', async () => {
    const name = freshName();
    const dir = await tenOf(name);
    await rm(join(dir, `tenants/${name}-0`), { recursive: true });
    await put(dir, { [`tenants/${name}-0`]: '../store/acme', 'tenants/README': 'a note' });
    const report = await load(dir, { name, prune: true });
    expect(report.prune).toEqual({ orphans: 0, refusal: undefined });
    expect(report.problems.map(({ path, code }) => `${path} ${code}`)).toEqual([`tenants/${name}-0 NO_SCOPE`]);
    expect(await storedIn(`tenants/${name}-0`)).toEqual({ limits: [1, { max: 1 }] });
  });

  it('is not done, and said, for such a file in the place of a folder whose capitals are spelt', async () => {
    const name = freshName();
    const twin = `%41-${name}`;
    const files = { [`tenants/a-${name}/limits.yaml`]: 'max: 1', [`tenants/${twin}/limits.yaml`]: 'max: 1' };
    const dir = await folderWith(files);
    await load(dir, { name });
    await rm(join(dir, 'tenants', twin), { recursive: true });
    await put(dir, { [`tenants/${twin}`]: '../store/acme' });
    const report = await load(dir, { name, prune: true });
    expect([report.prune.orphans, report.problems.map(({ path }) => path)]).toEqual([0, [`tenants/${twin}`]]);
    expect(await storedIn(`tenants/A-${name}`)).toEqual({ limits: [1, { max: 1 }] });
  });

  it('is not done for a folder that is not spelt as it must be', async () => {
    const name = freshName();
    const dir = await folderWith({
      [`tenants/Z%C3%BCrich-${name}/limits.yaml`]: 'max: 1',
      [`tenants/${name}/limits.yaml`]: 'max: 1',
    });
    await load(dir, { name });
    await rename(join(dir, `tenants/Z%C3%BCrich-${name}`), join(dir, `tenants/Zürich-${name}`));
    const report = await load(dir, { name, prune: true });
    expect([report.prune.orphans, report.problems.map(({ code }) => code)]).toEqual([0, ['BAD_NAME']]);
    expect(await storedIn(`tenants/Zürich-${name}`)).toEqual({ limits: [1, { max: 1 }] });
  });

  it('does not count as its own what others have set since', async () => {
    const name = freshName();
    const dir = await tenOf(name);
    const loader = started(dir, { name, prune: true, compareMs: 100_000 });
    await eventually(() => expect(loader.status.report?.counts.same).toBe(10));
    for (const i of [0, 1, 2]) await store.tenant(`${name}-${i}`).set(limits, { max: 7 }, { actor: 'ann' });
    for (const i of [0, 1, 2, 3]) await rm(join(dir, `tenants/${name}-${i}`), { recursive: true });
    // One of those that are left is a tenth.
    await eventually(async () => expect(await storedIn(`tenants/${name}-3`)).toEqual({ limits: [2, undefined] }));
    expect(await storedIn(`tenants/${name}-0`)).toEqual({ limits: [2, { max: 7 }] });
    expect((await loader.importNow()).prune).toEqual({ orphans: 0, refusal: undefined });
  });
});
