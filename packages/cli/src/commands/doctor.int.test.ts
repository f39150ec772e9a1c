import { startRedisServer } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { openCliLab, tenantry } from '../cli.fixture.ts';

it('fails with 1 and says what to do, warns with 2, and every check is there for programs', async () => {
  // Whatever works on a queue of a Redis is a worker to the doctor: on the shared one that may be another test's.
  await using server = await startRedisServer();
  await using lab = await openCliLab({ system: { redisServer: server.url } });
  const env = { TENANTRY_URL: lab.url };
  const failed = await tenantry(['doctor'], { env });
  expect(failed).toMatchObject({ code: 1, err: '' });
  expect(failed.out).toMatch(/^ok {7}versions/);
  expect(failed.out).toMatch(/fail +redis-filled +Redis was never filled.*\n +→ Run a worker/);
  await lab.system.replication.fillIfEmpty();
  // No worker runs in this lab.
  const warned = await tenantry(['doctor', '-o', 'json'], { env });
  expect(warned.code).toBe(2);
  const { checks, version } = JSON.parse(warned.out);
  expect(version).toBe('0.1.0');
  expect(checks.map(({ id }: { id: string }) => id)).toEqual(
    expect.arrayContaining(['versions', 'database', 'redis-rights', 'definitions']),
  );
  expect(checks.find(({ id }: { id: string }) => id === 'workers')).toMatchObject({ state: 'warn' });
});
