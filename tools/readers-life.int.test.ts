import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPayloadCodec, encodeEnvelope } from '@tenantry/protocol/wire';
import { createReplica } from '@tenantry/redis';
import { freshPrefix, spawnNode } from '@tenantry/testing';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const START_MS = 90_000;

it('the program of "Start without Redis" in docs/guides/a-readers-life.md says what the page says', {
  timeout: 3 * START_MS,
}, async () => {
  const page = await readFile(join(root, 'docs/guides/a-readers-life.md'), 'utf8');
  const [, section = ''] = page.split('## Start without Redis');
  const [, program = ''] = /```ts\n\/\/ reader\.ts\n([\s\S]*?)```/.exec(section) ?? [];
  const says = [...section.matchAll(/^\| .+? \| `(\d+ \w+ \w+)` +\|$/gm)].map(([, line]) => line);
  // Inside the workspace, so that imports are found as in an application that has installed the packages.
  await mkdir(join(root, '.tenantry'), { recursive: true });
  const folder = await mkdtemp(join(root, '.tenantry/readers-life-'));
  await using test = freshPrefix();
  const redis = new Redis(test.redisUrl);
  try {
    const script = join(folder, 'reader.ts');
    const named = (timeoutMs: number) =>
      program
        .replace('createClient({', `createClient({ prefix: '${test.prefix}', readTimeoutMs: ${timeoutMs},`)
        .replace("name: 'smart-feature',", `name: 'smart-feature', cacheTimeout: ${timeoutMs},`)
        .replace('./tenantry.snapshot', join(folder, 'tenantry.snapshot'));
    const run = async (redisUrl: string, timeoutMs: number) => {
      await writeFile(script, named(timeoutMs));
      await using reader = spawnNode(script, [], { REDIS_URL: redisUrl });
      const line = await reader.waitForLine(/^\d+ \w+ \w+$/, START_MS);
      expect(await reader.exit).toBe(0);
      return line;
    };
    const away = 'redis://127.0.0.1:1';
    const said = [await run(away, 500)];
    const envelope = { version: 1, updatedAt: Date.now(), expiresAt: 0, owner: '@config:smart-feature' };
    await createReplica({ redis, prefix: test.prefix }).apply('acme', [
      {
        owner: '@config:smart-feature',
        version: 1,
        op: 'put',
        addresses: ['@config:smart-feature'],
        envelope: encodeEnvelope({ ...envelope, payload: createPayloadCodec().encode({ users: 20 }) }),
      },
    ]);
    said.push(await run(test.redisUrl, 20_000), await run(away, 500));
    expect(said).toEqual(says);
    expect(says).toHaveLength(3);
  } finally {
    redis.disconnect();
    await rm(folder, { recursive: true, force: true });
  }
});
