import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { freshFolder } from '../../fresh-folder.fixture.ts';
import type { Plan } from '../plan.ts';
import { readPlan, writePlan } from './plan-file.ts';

const CHANGE = {
  config: 'mode',
  op: 'set',
  ifVersion: 3,
  json: '"on"',
  isSecret: false,
  isAlone: false,
  place: 'a:1',
} as const;
const GROUPS = { before: ['a'], groups: ['b'], ifVersion: 1, place: 'a:1' } as const;
const PLAN: Plan = {
  how: { name: 'files', policy: 'seed', secrets: 'keep', prune: false },
  ...{ format: 2, url: 'http://localhost:4000', at: '2026-01-31T09:15:00.000Z', from: 'configs', same: 1, owned: 2 },
  scopes: [
    { scope: 'groups/a', changes: [CHANGE, { ...CHANGE, op: 'unset', endsAt: 5, json: undefined }], groups: GROUPS },
  ],
  ...{ uncompared: ['token of global'], problems: [{ place: 'b', code: 'X', message: 'x' }], warnings: [] },
  left: [{ scope: 'global', config: 'mode', why: 'drift', by: 'ann' }],
  reach: { tenants: 1, complete: true, examples: ['acme'] },
};
const io = { stdin: Readable.from([JSON.stringify(PLAN)]), signal: new AbortController().signal };
const KEPT = JSON.parse(JSON.stringify(PLAN));

it('is for its owner alone, also over a file that others could read', async () => {
  const path = join(await freshFolder(), 'plan.json');
  await writeFile(path, 'before');
  await chmod(path, 0o644);
  await writePlan(path, PLAN);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(KEPT);
  expect(await readPlan(path, io)).toEqual(KEPT);
  expect(await readPlan('-', io)).toEqual(KEPT);
  await expect(writePlan('-', PLAN)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});

it('of which any part is gone or of another kind is refused, whatever it is', async () => {
  const path = join(await freshFolder(), 'plan.json');
  const optional = /^\/(how|warnings|scopes\/0\/groups(\/before)?|left\/0\/by|scopes\/0\/changes\/1\/endsAt)$/;
  for (const { pointer, without, withOther } of brokenCopies(KEPT)) {
    for (const copy of optional.test(pointer) ? [withOther] : [without, withOther]) {
      await writeFile(path, JSON.stringify(copy));
      await expect(readPlan(path, io), pointer).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    }
  }
});

/** For each named part of it, at any depth: a copy without that, and one in which it is a list of nothing known. */
function* brokenCopies(whole: unknown): Generator<{ pointer: string; without: unknown; withOther: unknown }> {
  const pointers: string[][] = [];
  const collect = (value: unknown, path: string[]): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, each] of Object.entries(value)) {
      if (!Array.isArray(value)) pointers.push([...path, name]);
      collect(each, [...path, name]);
    }
  };
  collect(whole, []);
  for (const path of pointers) {
    const [without, withOther] = [structuredClone(whole), structuredClone(whole)];
    const last = path.at(-1) as string;
    const around = (copy: unknown) =>
      path.slice(0, -1).reduce((at, name) => at[name] as never, copy as Record<string, unknown>);
    delete around(without)[last];
    around(withOther)[last] = [[null]];
    yield { pointer: `/${path.join('/')}`, without, withOther };
  }
}

it.each([
  null,
  5,
  { scope: 'global' },
  { scope: 'global', changes: [null] },
  { scope: 'global', changes: [{}] },
  { scope: 'groups/a', changes: [], groups: {} },
])('that somebody has changed is refused: %j', async scope => {
  const path = join(await freshFolder(), 'plan.json');
  await writeFile(path, JSON.stringify({ ...PLAN, scopes: [scope] }));
  await expect(readPlan(path, io)).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringMatching(/anew/),
  });
});
