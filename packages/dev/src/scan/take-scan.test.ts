import { rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from '@tenantry/sdk';
import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { configs, freshDir, limits, QUICK } from '../folder.fixture.ts';
import { type FileProblem, openFolder } from '../index.ts';

// L6
it('keeps what it had of a scope whose folder a file has taken the place of, and says so', async () => {
  await using files = await freshDir();
  await files.write('.first/acme/limits.yaml', 'seats: 7\n');
  await files.write('.first/beta/limits.yaml', 'seats: 1\n');
  await files.write('.next/acme', '../elsewhere');
  await files.write('.next/beta/limits.yaml', 'seats: 2\n');
  const show = async (state: string) => {
    await symlink(state, join(files.dir, '.link'));
    await rename(join(files.dir, '.link'), join(files.dir, 'tenants'));
  };
  await show('.first');
  const problems: FileProblem[] = [];
  const onTrouble = (problem: FileProblem) => void problems.push(problem);
  await using folder = await openFolder({ dir: files.dir, configs, ...QUICK, onTrouble });
  const client = await createClient({ replica: folder.replica, sweepMs: 0 });
  const [acme, beta] = [client.tenant('acme'), client.tenant('beta')];
  expect(await acme.get(limits)).toEqual({ seats: 7 });
  // At once: between two steps the folder of acme would just be gone.
  await show('.next');
  await eventually(async () => expect(await beta.get(limits)).toEqual({ seats: 2 }));
  await eventually(() =>
    expect(problems.map(({ path, code }) => [path, code])).toEqual([['tenants/acme', 'NO_SCOPE']]),
  );
  expect(await acme.get(limits)).toEqual({ seats: 7 });
  await client.close();
});
