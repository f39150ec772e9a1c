import { fileURLToPath } from 'node:url';
import { spawnNode } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { freshDir } from './folder.fixture.ts';

const SERVERS = [
  '@mikro-orm/core',
  '@mikro-orm/sql',
  '@tenantry/mikro-orm',
  '@tenantry/worker',
  'bullmq',
  'mysql2',
  'kysely',
];

it('neither a reader of a folder nor the server loads an ORM, a driver or a queue, and nothing connects', async () => {
  await using files = await freshDir();
  await files.write('tenants/acme/limits.yaml', 'seats: 2\n');
  const definitions = fileURLToPath(new URL('./definitions.fixture.ts', import.meta.url));
  await using program = spawnNode(new URL('./loaded.fixture.ts', import.meta.url), [files.dir, definitions]);
  const line = await program.waitForLine(/^loaded /);
  const { reader, server } = JSON.parse(line.slice('loaded '.length)) as Record<
    'reader' | 'server',
    { packages: string[]; resources?: string[] }
  >;
  expect(server.packages.filter(name => SERVERS.includes(name))).toEqual([]);
  expect(server.packages).toEqual(
    expect.arrayContaining(['@tenantry/admin', '@tenantry/loader', '@tenantry/sdk', 'yaml']),
  );
  expect(reader.packages.filter(name => name.startsWith('@tenantry/')).sort()).toEqual(
    ['dev', 'loader', 'protocol', 'redis', 'sdk'].map(name => `@tenantry/${name}`),
  );
  // The module of ioredis is there, because @tenantry/redis names it; no socket is.
  expect(reader.resources?.filter(name => /TCP|TLS|Pipe/i.test(name) && name !== 'PipeWrap')).toEqual([]);
  // And nothing of it keeps the process alive.
  expect(await program.exit).toBe(0);
});
