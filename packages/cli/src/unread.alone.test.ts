import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { limit, mode, seats } from '../../admin/src/admin.fixture.ts';
import { lab, useCliLab } from './cli.fixture.ts';
import { freshFolder, writeFiles } from './fresh-folder.fixture.ts';
import { shell } from './shell.fixture.ts';

useCliLab();
const DEFINITIONS = fileURLToPath(new URL('commands/schema/definitions.fixture.ts', import.meta.url));

// C2
it('a plan is saved and applied where nobody reads what is said of it', async () => {
  const folder = await freshFolder();
  const plan = join(folder, '../plan.json');
  await writeFiles(folder, { 'tenants/unread/mode.yaml': 'on\n' });
  expect(await shell(`tenantry plan '${folder}' --save '${plan}' | true`)).toMatchObject({ code: 2, err: '' });
  expect(existsSync(plan)).toBe(true);
  expect(await shell(`tenantry apply '${plan}' | true`)).toMatchObject({ code: 0, err: '' });
  expect(await lab.store.tenant('unread').get(mode)).toMatchObject({ value: 'on' });
});

// C2
it('what a check found is said by what it ends with, also where nobody reads it', async () => {
  await lab.store.tenant('one').set(mode, 'on');
  await lab.store.tenant('one').set(seats, { seats: 2_000 });
  await lab.store.tenant('two').set(limit, 3);
  const folder = await freshFolder();
  await writeFiles(folder, { 'tenants/one/seats.yaml': 'seats: x\n' });
  const codes = await Promise.all(
    [
      'tenantry diff one two',
      'tenantry diff one two -o ndjson',
      `tenantry schema check --definitions '${DEFINITIONS}'`,
      `tenantry check '${folder}' --definitions '${DEFINITIONS}'`,
      'tenantry set one mode -t off --dry-run',
      'tenantry grants',
    ].map(async line => (await shell(`${line} 2> /dev/null | true`)).code),
  );
  expect(codes).toEqual([2, 2, 3, 1, 2, 1]);
});

it.skipIf(!existsSync('/dev/full'))('a disk that is full is said (skipped where there is no /dev/full)', async () => {
  expect(await shell('tenantry me > /dev/full')).toEqual({
    ...{ code: 1, out: '' },
    err: 'tenantry: OUTPUT_FAILED: The output cannot be written (ENOSPC): it is not whole.\n',
  });
});
