import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  databaseSessions,
  eventually,
  type FaultProxy,
  type NodeProcess,
  startFaultProxy,
  testServers,
} from '@tenantry/testing';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { leasedRows, type TestSystem, withoutVersions } from '../../mikro-orm/src/system.fixture.ts';
import { insertPlans, linesOf, openWriter, relayed, spawnProgram, spawnWorker } from './worker.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'tenantry-worker-'));
afterAll(() => rmSync(folder, { recursive: true }));

// R10, J18
it.concurrent('has another worker take over what a killed one had begun, and applies each change once', async () => {
  await using system = await openWriter();
  await using proxy = await startProxy();
  await using first = spawnWorker(system, { redisUrl: urlOf(proxy), tenantry: { relayBatchSize: BATCH } });
  await isInTheMiddle(system, first, proxy);
  // Held in the middle of a batch: Redis has it or not, nobody has acknowledged it.
  proxy.set('stall');
  await killWithClaim(system, first);
  expect(await leasedRows(system)).toBeGreaterThan(0);
  // The end of its lease, brought forward: ten seconds is a time that other tests look at.
  await system.sql('update tenantry_outbox set available_at = 0 where available_at is not null');
  await using second = spawnWorker(system);
  await second.waitForLine('ready');
  await relayed(system);
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
  const seen = await changesIn(system);
  expect(new Set(seen).size).toBe(seen.length);
  expect(linesOf(second)).toEqual(['tenantry-worker: ready']);
}, 180_000);

// R10, J18
it.concurrent('publishes after a restart what was committed while all workers were dead', async () => {
  await using system = await openWriter();
  await using first = spawnWorker(system);
  await first.waitForLine('ready');
  await insertPlans(system, 5);
  await relayed(system);
  await first.kill();
  await insertPlans(system, 5, 2, 'globex');
  await using _second = spawnWorker(system);
  await relayed(system);
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}, 180_000);

it.concurrent('ends after SIGTERM with what it was doing, and leaves no row to wait for its lease', async () => {
  await using system = await openWriter();
  await using proxy = await startProxy();
  await using worker = spawnWorker(system, { redisUrl: urlOf(proxy), tenantry: { relayBatchSize: BATCH } });
  await isInTheMiddle(system, worker, proxy);
  await worker.kill('SIGTERM');
  expect(await worker.exit).toBe(0);
  // Not because its time was up, which it would say.
  expect(worker.lines.filter(line => line.includes('Closing the worker'))).toEqual([]);
  expect(linesOf(worker)).toEqual(['ready', 'stopping', 'stopped'].map(line => `tenantry-worker: ${line}`));
  expect((await system.outbox()).length).toBeGreaterThan(0);
  expect(await leasedRows(system)).toBe(0);
}, 180_000);

it.concurrent('ends after SIGINT although Redis is away', async () => {
  await using system = await openWriter();
  await using proxy = await startProxy();
  await using worker = spawnWorker(system, { redisUrl: urlOf(proxy), worker: { closeTimeoutMs: 1_000 } });
  await worker.waitForLine('ready');
  proxy.set('refuse');
  await worker.waitForLine('UNAVAILABLE');
  await worker.kill('SIGINT');
  expect(await worker.exit).toBe(0);
  // However often it tried to connect, each trouble is one line.
  expect(new Set(worker.lines).size).toBe(worker.lines.length);
}, 180_000);

it.concurrent('ends after SIGTERM although nobody reads its log any more', async () => {
  await using system = await openWriter();
  await insertPlans(system, 1);
  const { host, port } = system.redis.options;
  const settings = { database: system.database, prefix: system.prefix, redisUrl: `redis://${host}:${port}` };
  const [sources, main, config] = ['../../testing/src/sources.ts', './main.ts', './worker-config.fixture.ts'].map(
    path => new URL(path, import.meta.url),
  ) as [URL, URL, URL];
  // More than a pipe holds.
  const chatter = 'data:text/javascript,process.stdout.write("-".repeat(1_000_000))';
  const words = ['--import', sources.href, '--import', chatter, fileURLToPath(main), '--config', fileURLToPath(config)];
  const env = { ...process.env, TEST_WORKER_CONFIG: JSON.stringify(settings) };
  const worker = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void worker.kill('SIGKILL'));
  await relayed(system);
  worker.kill('SIGTERM');
  expect(await once(worker, 'exit')).toEqual([0, null]);
}, 180_000);

it('shows how it is used', async () => {
  await using program = spawnProgram(['--help']);
  expect(await program.exit).toBe(0);
  expect(program.lines[0]).toBe('Usage: tenantry-worker --config FILE');
});

const refusals: [string, string[], RegExp][] = [
  ['is missing', [], /INVALID_OPTION: `--config FILE` is missing; see `tenantry-worker --help`\.$/],
  [
    'is an unknown option',
    ['--konfig', 'x'],
    /INVALID_OPTION: Unknown option '--konfig'; see `tenantry-worker --help`\.$/,
  ],
  ['is no file', ['--config', './nowhere.mjs'], /INVALID_OPTION: The config \.\/nowhere\.mjs is not there\.$/],
  ['does not parse', ['-c', file('broken', 'export default {')], /The config .*broken\.mjs failed with SyntaxError: /],
  ['exports nothing', ['-c', file('empty', '')], /The default export of .*empty\.mjs must be \{ orm, redis, … \}/],
  [
    'exports something else',
    ['-c', file('other', 'export default { orm: 1, redis: 2 }')],
    /`redis` must be an ioredis Redis/,
  ],
  [
    'throws with a connection open, and a password in its message',
    [
      '-c',
      file(
        'throws',
        `import { createServer } from 'node:net';
         createServer().listen(0);
         export default () => { throw new Error('cannot open mysql://root:s3cr3t/@db:3306/app now\\nsecond line s3cr3t'); }`,
      ),
    ],
    /The config .*throws\.mjs failed with cannot open mysql:\/\/…@db:3306\/app now$/,
  ],
  [
    'throws what a driver throws',
    [
      '-c',
      file(
        'driver',
        `export default async () => {
           throw Object.assign(new Error("insert into t values ('s3cr3t') - Table 't' does not exist"),
             { name: 'TableNotFoundException', code: 'ER_NO_SUCH_TABLE', sql: "insert into t values ('s3cr3t')" });
         }`,
      ),
    ],
    /The config .*driver\.mjs failed with TableNotFoundException \(ER_NO_SUCH_TABLE\)$/,
  ],
  [
    'throws later, where nobody catches it',
    [
      '-c',
      file(
        'later',
        `setTimeout(() => Promise.reject(Object.assign(new Error('s3cr3t'), { sql: 's3cr3t', code: 'E1' })), 1);
         export default () => new Promise(() => setInterval(() => undefined, 1_000));`,
      ),
    ],
    /tenantry-worker: Error \(E1\)$/,
  ],
];

it.concurrent.each(refusals)('exits with 1 and one line when the config %s', async (_what, args, line) => {
  await using program = spawnProgram(args);
  expect(await program.exit).toBe(1);
  expect(program.lines).toHaveLength(1);
  expect(program.lines[0]).toMatch(line);
  expect(program.lines[0]).toMatch(/^tenantry-worker: /);
  expect(program.lines[0]).not.toContain('s3cr3t');
});

it('shows no value and no password when the database fails', async () => {
  await using system = await openWriter();
  await using worker = spawnWorker(system);
  await worker.waitForLine('ready');
  await insertPlans(system, 3, 1, 'hidden-tenant');
  await relayed(system);
  await system.sql('alter table tenantry_outbox rename column id to elsewhere');
  await worker.waitForLine('failed with');
  await system.sql('alter table tenantry_outbox rename column elsewhere to id');
  await worker.kill('SIGTERM');
  const { username, password } = new URL(system.database.url);
  for (const secret of ['hidden-tenant', 'select', password || undefined, `${username}:`])
    if (secret) expect(worker.lines.join('\n')).not.toContain(secret);
}, 180_000);

it('with a logger in its config an error is one line, and not one of the logger and one of the program', async () => {
  await using system = await openWriter();
  await using worker = spawnWorker(system, { logsToConsole: true });
  await worker.waitForLine('ready');
  await system.sql('alter table tenantry_outbox rename column id to elsewhere');
  await worker.waitForLine('failed with');
  await system.sql('alter table tenantry_outbox rename column elsewhere to id');
  await worker.kill('SIGTERM');
  const said = worker.lines.filter(line => line.includes('failed with'));
  expect(said.filter(line => line.startsWith('tenantry: '))).toEqual(said);
}, 180_000);

// Small batches, so that there are many of them: what counts is that a worker is in the middle of one, and has others before it.
const [TRANSACTIONS, ROWS, BATCH] = [60, 10, 20];

/** Gives a worker batches to relay, and resolves when it is through with the first ones. */
async function isInTheMiddle(system: TestSystem, worker: NodeProcess, proxy: FaultProxy): Promise<void> {
  await worker.waitForLine('ready');
  // So slow that all of them take seconds, however quick the machine is: there is enough left to be held up in.
  proxy.delay(100);
  await insertPlans(system, TRANSACTIONS, ROWS);
  const least = TRANSACTIONS * ROWS - 2 * BATCH;
  await eventually(async () => (await system.replication.backlog()).waiting <= least, { timeoutMs: 60_000 });
}

function startProxy(): Promise<FaultProxy> {
  const { hostname, port } = new URL(testServers().redisUrl);
  return startFaultProxy({ target: { host: hostname, port: Number(port) } });
}

const urlOf = ({ host, port }: FaultProxy) => `redis://${host}:${port}`;

function file(name: string, text: string): string {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, text);
  return path;
}

/**
 * Kills a worker that has rows claimed. Between two batches it has none, so it is stopped, looked at once what it said to the database has
 * been done, and goes on where that was such a moment.
 */
async function killWithClaim(system: TestSystem, worker: NodeProcess): Promise<void> {
  await eventually(async () => {
    process.kill(worker.pid, 'SIGSTOP');
    await eventually(() => statementsUnderWay(system).then(count => count === 0));
    if ((await leasedRows(system)) > 0) return true;
    process.kill(worker.pid, 'SIGCONT');
    return false;
  });
  await worker.kill();
}

async function statementsUnderWay(system: TestSystem): Promise<number> {
  const all = await databaseSessions(sql => system.sql(sql));
  return all.filter(({ db, Command }) => db === system.database.name && Command !== 'Sleep').length;
}

async function changesIn(system: Awaited<ReturnType<typeof openWriter>>): Promise<string[]> {
  const messages = await system.feed('acme');
  return messages.flatMap(message =>
    message.kind === 'changes' ? message.changes.map(({ owner, version }) => `${owner}@${version}`) : [],
  );
}
