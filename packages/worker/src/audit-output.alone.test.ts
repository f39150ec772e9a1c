import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { eventually, startFaultProxy } from '@tenantry/testing';
import { expect, it, onTestFinished } from 'vitest';
import { openWriter } from './worker.fixture.ts';

const SOURCES = new URL('../../testing/src/sources.ts', import.meta.url).href;
const [MAIN, CONFIG] = ['./main.ts', './worker-config.fixture.ts'].map(name =>
  fileURLToPath(new URL(name, import.meta.url)),
) as [string, string];

// More than a pipe holds.
const ROWS = 5_000;

it('an audit that nobody reads yet ends only once all of it was taken', async () => {
  await using system = await openWriter();
  const rows = Array.from({ length: ROWS }, (_, i) => `('acme', 'a-slug-of-some-length-${i}', 'behind')`);
  await system.sql(`insert into plan (tenant_id, slug, name) values ${rows.join()}`);
  const { host, port } = system.redis.options;
  await using proxy = await startFaultProxy({ target: { host: String(host), port: Number(port) } });
  const settings = {
    database: system.database,
    prefix: system.prefix,
    redisUrl: `redis://${proxy.host}:${proxy.port}`,
  };
  const child = spawn(process.execPath, ['--import', SOURCES, MAIN, 'audit', '--config', CONFIG, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TEST_WORKER_CONFIG: JSON.stringify(settings) },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const closed = once(child, 'close');
  // It has said everything, and has ended its connection.
  await eventually(() => expect(proxy.accepted).toBeGreaterThan(0), { timeoutMs: 90_000 });
  await eventually(() => expect(proxy.connections).toBe(0), { timeoutMs: 90_000 });
  const lines = (await text(child.stdout)).trim().split('\n');
  expect(await closed).toEqual([1, null]);
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ summary: { left: expect.any(Number) } });
  expect(lines.filter(line => line.includes('"missing"')).length).toBeGreaterThanOrEqual(ROWS);
}, 180_000);
