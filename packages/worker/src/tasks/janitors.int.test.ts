import { auditLog, configStore } from '@tenantry/mikro-orm';
import { defineConfig } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { openWriter, workerFor } from '../worker.fixture.ts';

const shortLived = defineConfig({ name: 'short-lived', schema: z.number(), keepRevisions: 2 });

// H3
it('ends values whose time has come, and tells readers', async () => {
  await using system = await openWriter({
    tenantry: { configs: [shortLived], publish: 'await', publishTimeoutMs: 5_000 },
  });
  const acme = configStore(system.orm).tenant('acme');
  await acme.set(shortLived, 1, { expiresAt: Date.now() + 200 });
  await using worker = await workerFor(system, { expireEveryMs: 20 });
  await eventually(async () => {
    const changes = (await system.feed('acme')).flatMap(message => message.changes);
    expect(changes.at(-1)).toMatchObject({ op: 'delete', version: 2 });
  });
  expect((await acme.history(shortLived)).items[0]).toMatchObject({ version: 2, op: 'expire' });
  expect(worker.errors).toEqual([]);
});

it('trims histories to what their configs keep', async () => {
  await using system = await openWriter({
    tenantry: { configs: [shortLived], publish: 'await', publishTimeoutMs: 5_000 },
  });
  const acme = configStore(system.orm).tenant('acme');
  for (let n = 1; n <= 5; n++) await acme.set(shortLived, n);
  await using worker = await workerFor(system, { trimEveryMs: 20 });
  await eventually(async () => {
    const { items } = await acme.history(shortLived);
    expect(items.map(({ version }) => version)).toEqual([5, 4]);
  });
  expect(worker.errors).toEqual([]);
});

it('deletes entries of the audit log that are older than they are to be kept, and none without the option', async () => {
  await using system = await openWriter({
    tenantry: { admin: true, configs: [shortLived], publish: 'await', publishTimeoutMs: 5_000 },
  });
  const acme = configStore(system.orm).tenant('acme');
  for (let n = 1; n <= 5; n++) await acme.set(shortLived, n);
  await system.sql('update tenantry_audit set at = at - 7200000 where version < 4');
  const versions = async () => (await auditLog(system.orm).list()).items.map(({ version }) => version).sort();
  {
    await using _keeping = await workerFor(system, { trimEveryMs: 20 });
    // The same run would have trimmed it.
    await eventually(async () => expect((await acme.history(shortLived)).items).toHaveLength(2));
    expect(await versions()).toEqual([1, 2, 3, 4, 5]);
  }
  await using worker = await workerFor(system, { trimEveryMs: 20, auditLogRetentionMs: 3_600_000 });
  await eventually(async () => expect(await versions()).toEqual([4, 5]));
  expect(worker.errors).toEqual([]);
});

it('does not start where there is no audit log to trim', async () => {
  await using system = await openWriter({ tenantry: { configs: [shortLived] } });
  await expect(workerFor(system, { auditLogRetentionMs: 3_600_000 })).rejects.toMatchObject({ code: 'NOT_REGISTERED' });
});
