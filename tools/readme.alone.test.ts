import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freshDatabase, type NodeProcess, spawnNode, startRedisServer } from '@tenantry/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const readme = await readFile(join(root, 'README.md'), 'utf8');
/** The files of "Add it to your app in five minutes": each block that begins with a file's name. */
const files = [...readme.matchAll(/```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)```/g)].map(([, name = '', text = '']) => ({
  name,
  text,
}));
const worker = new URL('../packages/worker/src/main.ts', import.meta.url).href;

/** Five programs that import an ORM, started on a machine whose cores other tests use as well. */
const START_MS = 120_000;

// One application after another, as its reader would start it: each step needs the one before.
describe('"Add it to your app in five minutes" in README.md', { timeout: START_MS }, () => {
  const started: AsyncDisposable[] = [];
  let start: (name: string, args?: readonly string[]) => NodeProcess;
  let reader: NodeProcess;
  let folder: string;

  beforeAll(async () => {
    const database = await freshDatabase();
    started.push(database);
    // The files use the default prefix, so they get a Redis of their own.
    const redis = await startRedisServer();
    started.push(redis);
    // Inside the workspace, so that imports are found as in an application that has installed the packages.
    await mkdir(join(root, '.tenantry'), { recursive: true });
    folder = await mkdtemp(join(root, '.tenantry/readme-'));
    started.push({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) });
    const patient = (text: string) =>
      // The budgets that are right for an application are short on a busy machine.
      text
        .replace('createClient({', `createClient({ readTimeoutMs: ${START_MS},`)
        .replace("name: 'smart-feature',", "name: 'smart-feature', databaseTimeout: '120s', cacheTimeout: '120s',");
    for (const { name, text } of files)
      await writeFile(join(folder, name), patient(text).replace('@mikro-orm/mariadb', `@mikro-orm/${database.kind}`));
    const env = { DATABASE_URL: database.url, REDIS_URL: redis.url };
    start = (name, args = []) => {
      const child = spawnNode(name.startsWith('file:') ? name : join(folder, name), args, env);
      started.push(child);
      return child;
    };
    await run('app.ts', 'wrote 5 seats, mode off');
    const config = join(folder, 'worker.config.ts');
    await start(worker, ['--config', config]).waitForLine('ready', START_MS);
    reader = start('reader.ts');
  }, 3 * START_MS);

  afterAll(async () => {
    for (const each of started.reverse()) await each[Symbol.asyncDispose]();
  });

  async function run(name: string, line: string): Promise<void> {
    const child = start(name);
    expect(await child.exit, child.lines.join('\n')).toBe(0);
    expect(child.lines).toContain(line);
  }

  it('has a page beside it whose client without Redis prints what the page says', async () => {
    const page = await readFile(join(root, 'docs/guides/testing-your-app.md'), 'utf8');
    const [, name = '', text = ''] = /```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)```/.exec(page) ?? [];
    await writeFile(join(folder, name), text);
    await run(name, "{ color: 'red' } { color: 'grey' }");
  });

  it('has the five files that its steps name', () => {
    expect(files.map(({ name }) => name)).toEqual([
      'definitions.ts',
      'orm.ts',
      'app.ts',
      'worker.config.ts',
      'reader.ts',
    ]);
  });

  it('shows what was written, in a reader that started later', async () => {
    await reader.waitForLine('now 5 off', START_MS);
    await reader.waitForLine('again 5');
    await reader.waitForLine('status ready');
  });

  it('shows a later change in that reader at once, and closes everything', async () => {
    await run('app.ts', 'wrote 10 seats, mode on');
    await reader.waitForLine('seats 10');
    await reader.waitForLine('mode on');
    await reader.kill('SIGTERM');
    expect(await reader.exit, reader.lines.join('\n')).toBe(0);
  });
});
