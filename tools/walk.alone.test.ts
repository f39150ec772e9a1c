import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freshDatabase, freshPrefix, spawnNode } from '@tenantry/testing';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A program that imports an ORM, a queue and the SDK, started on a machine whose cores other tests use as well. */
const RUN_MS = 180_000;

it('runs the program of docs/walk.md as it stands there', { timeout: RUN_MS }, async () => {
  const walk = await readFile(join(root, 'docs/walk.md'), 'utf8');
  const program = /```ts\n([\s\S]*?)```/.exec(walk)?.[1] ?? '';
  await using database = await freshDatabase();
  await using prefix = await freshPrefix();
  // Inside the workspace, so that its imports are found as a reader's would be.
  await mkdir(join(root, '.tenantry'), { recursive: true });
  const folder = await mkdtemp(join(root, '.tenantry/walk-'));
  try {
    const file = join(folder, 'walk.ts');
    await writeFile(file, program.replace('@mikro-orm/mariadb', `@mikro-orm/${database.kind}`));
    const walker = spawnNode(file, [], {
      DATABASE_URL: database.url,
      REDIS_URL: prefix.redisUrl,
      PREFIX: prefix.prefix,
    });
    expect(await walker.exit, walker.lines.join('\n')).toBe(0);
    expect(walker.lines).toEqual([
      '10 seats at the end, then undefined',
      'usage is version 1 persisted false then 1 flushed: { n: 17 }',
      'archive is { n: 3 } from the source',
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
