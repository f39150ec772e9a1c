import { configStore } from '@tenantry/mikro-orm';
import { defineConfig } from '@tenantry/protocol';
import { createClient } from '@tenantry/sdk';
import { eventually } from '@tenantry/testing';
import pino from 'pino';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { Plan } from '../packages/mikro-orm/src/plans.fixture.ts';
import { openWriter, workerFor } from '../packages/worker/src/worker.fixture.ts';

const CANARY = 'canary-6f0e';

const secret = defineConfig({
  name: 'token',
  schema: z.object({ key: z.string() }),
  secret: true,
  cacheTimeout: '30s',
  databaseTimeout: '30s',
});

it('the log of a writer, a worker and a reader is made of sentences and codes, and has no value and no secret', async () => {
  // B22
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ level: 'debug' }, { write: line => void lines.push(JSON.parse(line)) });
  await using system = await openWriter({ tenantry: { configs: [secret], logger, maxAttempts: 1 } });
  await using _worker = await workerFor(system, { logger });
  const { host, port } = system.redis.options;
  const client = await createClient({
    redis: `redis://${host}:${port}`,
    prefix: system.prefix,
    logger,
    readTimeoutMs: 30_000,
  });
  const em = system.em();
  em.create(Plan, { tenantId: 'acme', slug: CANARY, name: CANARY });
  // No tenant is called so: the row is given up on.
  em.create(Plan, { tenantId: '', slug: `${CANARY}-2` });
  await em.flush();
  await configStore(system.orm).tenant('acme').set(secret, { key: CANARY });
  await client.tenant('acme').get(secret);
  const messages = () => lines.map(({ msg }) => String(msg));
  await eventually(() => expect(messages()).toContain('tenantry: a change was given up on: see `deadRows()`'));
  await eventually(() => expect(messages()).toContain('tenantry: published'));
  await client.close();
  expect(messages()).toContain('tenantry: the client is closed: the client was closed');
  expect(lines.find(({ msg }) => msg === 'tenantry: published')).toMatchObject({
    level: 20,
    records: 1,
    by: expect.any(String),
  });
  expect(JSON.stringify(lines)).not.toContain(CANARY);
});

it.each([{}, null, { warn: () => undefined }])('a logger that is %j is refused by all', async bad => {
  const refused = { code: 'INVALID_OPTION', message: expect.stringContaining('logger') };
  await expect(createClient({ redis: 'redis://127.0.0.1:1', logger: bad as never })).rejects.toMatchObject(refused);
  await using system = await openWriter();
  await expect(workerFor(system, { logger: bad as never })).rejects.toMatchObject(refused);
  await expect(openWriter({ tenantry: { logger: bad as never } })).rejects.toMatchObject(refused);
});
