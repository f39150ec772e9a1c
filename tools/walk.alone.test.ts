import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freshDatabase, freshPrefix, spawnNode } from '@tenantry/testing';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

it('runs the program of docs/walk.md as it stands there', async () => {
  const walk = await readFile(join(root, 'docs/walk.md'), 'utf8');
  const program = /```ts\n([\s\S]*?)```/.exec(walk)?.[1] ?? '';
  await using database = await freshDatabase();
  await using prefix = await freshPrefix();
  // Inside the workspace, so that its imports are found as a reader's would be.
  await mkdir(join(root, '.tenantry'), { recursive: true });
  const folder = await mkdtemp(join(root, '.tenantry/walk-'));
  try {
    const file = join(folder, 'walk.ts');
    await writeFile(
      file,
      database.kind === 'mysql' ? program.replace('@mikro-orm/mariadb', '@mikro-orm/mysql') : program,
    );
    const walker = spawnNode(file, [], {
      DATABASE_URL: database.url,
      REDIS_URL: prefix.redisUrl,
      PREFIX: prefix.prefix,
    });
    expect(await walker.waitForLine(/at the end/, 15_000)).toBe('10 seats at the end, then undefined');
    expect(await walker.exit).toBe(0);
  } finally {
    await rm(folder, { recursive: true });
  }
});
