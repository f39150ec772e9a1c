import { expect, it } from 'vitest';
import { folderWith } from './folder/folder.fixture.ts';
import { actionsOf, freshName, limits, load, mode, store, storedIn, useSystem } from './loader.fixture.ts';
import type { LoadPolicy } from './plan/plan-scope.ts';

useSystem();

/** Has a person write right after the next look of an import at the store, before the import writes. */
async function afterTheNextLook(write: () => Promise<unknown>, work: () => Promise<void>): Promise<void> {
  const stored = store.stored as { ofMany: typeof store.stored.ofMany };
  const { ofMany } = stored;
  stored.ofMany = async (...args) => {
    stored.ofMany = ofMany;
    const found = await ofMany(...args);
    await write();
    return found;
  };
  await work().finally(() => {
    stored.ofMany = ofMany;
  });
}

// The person writes between the look and the write:
//   loader: looks (nothing set)                        writes over version 0 → refused, looks again
//   ann:                         sets limits (v1)
it.each<[LoadPolicy, string, unknown]>([
  ['seed', 'kept', [1, { max: 7 }]],
  ['report', 'drift', [1, { max: 7 }]],
  ['overwrite', 'overwrite', [2, { max: 1 }]],
])('a value that a person sets while it is imported with %s is %s', async (policy, action, value) => {
  const id = freshName();
  const dir = await folderWith({ [`tenants/${id}/limits.yaml`]: 'max: 1', [`tenants/${id}/ui%2Fmode.yaml`]: 'a' });
  const ann = () => store.tenant(id).set(limits, { max: 7 }, { actor: 'ann' });
  await afterTheNextLook(ann, async () => {
    const report = await load(dir, { name: id, policy });
    expect(actionsOf(report)).toEqual({ [`tenants/${id} limits`]: action, [`tenants/${id} ui/mode`]: 'create' });
  });
  expect(await storedIn(`tenants/${id}`)).toEqual({ limits: value, 'ui/mode': [1, 'a'] });
});

it('a value that a person sets while its file is taken away stays', async () => {
  const id = freshName();
  const dir = await folderWith({ [`tenants/${id}/limits.yaml`]: 'max: 1', [`tenants/${id}/ui%2Fmode.yaml`]: 'a' });
  await load(dir, { name: id });
  const other = await folderWith({ [`tenants/${id}/ui%2Fmode.yaml`]: 'b' });
  const ann = () => store.tenant(id).set(limits, { max: 7 }, { actor: 'ann' });
  await afterTheNextLook(ann, async () => {
    const { counts } = await load(other, { name: id, prune: true });
    expect(counts).toMatchObject({ update: 1, prune: 0, refused: 0 });
  });
  expect(await storedIn(`tenants/${id}`)).toEqual({ limits: [2, { max: 7 }], [mode.name]: [2, 'b'] });
});

it('groups that a person sets while they are imported stay', async () => {
  const id = freshName();
  for (const group of ['file', 'ann']) await store.scopes.setGroup(`${id}-${group}`);
  const dir = await folderWith({ [`tenants/${id}/@groups.yaml`]: `['${id}-file']` });
  const ann = () => store.scopes.set(id, [`${id}-ann`], { actor: 'ann' });
  await afterTheNextLook(ann, async () => {
    const report = await load(dir, { name: id, policy: 'seed' });
    expect(actionsOf(report)).toEqual({ [`tenants/${id} @groups`]: 'kept' });
  });
  const found = await store.stored.groups([`tenants/${id}`]);
  expect(found.get(`tenants/${id}`)).toMatchObject({ groups: [`${id}-ann`], version: 1 });
});
