import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freshFolder } from '../fresh-folder.fixture.ts';
import type { Plan } from './plan.ts';
import { readPlan, writePlan } from './plan-file.ts';

const PLAN = { format: 2, url: 'http://localhost:4000', scopes: [], problems: [] } as unknown as Plan;

it('is for its owner alone, also over a file that others could read', async () => {
  const path = join(await freshFolder(), 'plan.json');
  await writeFile(path, 'before');
  await chmod(path, 0o644);
  await writePlan(path, PLAN);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(PLAN);
  expect(await readPlan(path)).toEqual(PLAN);
});

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
  await expect(readPlan(path)).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringMatching(/anew/),
  });
});
