import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FreshDatabase, type FreshPrefix, freshDatabase, freshPrefix, spawnNode } from '@tenantry/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const guide = readFileSync(join(root, 'docs/guides/admin.md'), 'utf8');

let folder: string;
let database: FreshDatabase;
let prefix: FreshPrefix;
let env: Record<string, string>;

beforeAll(async () => {
  [database, prefix] = await Promise.all([freshDatabase(), freshPrefix()]);
  env = { DATABASE_URL: database.url, REDIS_URL: prefix.redisUrl, PORT: '0' };
  // Inside the workspace, so that imports are found as in an application that has installed the packages.
  mkdirSync(join(root, '.tenantry'), { recursive: true });
  folder = mkdtempSync(join(root, '.tenantry/admin-'));
  for (const [, name = '', text = ''] of guide.matchAll(/```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)```/g)) {
    // The budgets that are right for an application are short on a busy machine.
    const patient = text
      .replace('tenantry({ redis,', `tenantry({ redis, prefix: '${prefix.prefix}',`)
      .replace('createClient({ redis }', `createClient({ redis, prefix: '${prefix.prefix}', readTimeoutMs: 30_000 }`)
      .replace("name: 'smart-feature',", "name: 'smart-feature', cacheTimeout: '30s', databaseTimeout: '30s',")
      .replace('@mikro-orm/mariadb', `@mikro-orm/${database.kind}`);
    writeFileSync(join(folder, name), patient);
  }
  // The module of an application, without decorators: Node runs it as it is.
  const controller =
    "Controller('hello')(Hello); Get()(Hello.prototype, 'hello', Object.getOwnPropertyDescriptor(Hello.prototype, 'hello'));";
  writeFileSync(
    join(folder, 'app.module.js'),
    `import 'reflect-metadata'; import { Controller, Get, Module } from '@nestjs/common';
     class Hello { hello() { return 'hello'; } } ${controller}
     export class AppModule {} Module({ controllers: [Hello] })(AppModule);`,
  );
  const page = join(root, 'packages/admin-ui');
  if (!existsSync(join(page, 'dist/page/index.html'))) execFileSync(process.execPath, [join(page, 'build.ts')]);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await database?.[Symbol.asyncDispose]();
  await prefix?.[Symbol.asyncDispose]();
});

it('the two files of the guide are an admin with its page, and leave the tables of the application alone', async () => {
  await database.run('create table orders (id int primary key)');
  await using program = spawnNode(
    new URL('./main.ts', import.meta.url),
    ['--config', join(folder, 'admin.config.ts'), '--port', '0'],
    env,
  );
  const [, url = ''] = /ready at (\S+)/.exec(await program.waitForLine(/ready at/)) ?? [];
  expect(await (await fetch(`${url}/api/v1/me`)).json()).toMatchObject({ id: 'local' });
  expect(await (await fetch(`${url}/tenants/acme`)).text()).toContain('<base href="/"');
  await program.kill('SIGTERM');
  expect(await program.exit).toBe(0);
  await database.run('insert into orders values (1)');
});

it('the files of the guide compile in strict mode', () => {
  const settings = { noEmit: true, composite: false, allowJs: true, allowImportingTsExtensions: true };
  const compilerOptions = { ...settings, rewriteRelativeImportExtensions: false };
  const config = { extends: join(root, 'tsconfig.base.json'), compilerOptions, include: ['*.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const compiled = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder]);
  expect([compiled.status, String(compiled.stdout)]).toEqual([0, '']);
});

describe('mounted on express', () => {
  it('the application ends where its port is taken', async () => {
    await using taken = spawnNode(join(folder, 'on-express.ts'), [], env);
    const [, port = ''] = /listens on \S+:(\d+)/.exec(await taken.waitForLine(/listens on/)) ?? [];
    await using late = spawnNode(join(folder, 'on-express.ts'), [], { ...env, PORT: port });
    expect(await late.exit).not.toBe(0);
    expect(late.lines.join('\n')).toContain('EADDRINUSE');
  });
});

describe.each(['express', 'fastify', 'hono', 'nest'])('mounted on %s', name => {
  it('the admin answers calls, changes, streams and its page below its path, and the application the rest', async () => {
    await using program = spawnNode(join(folder, `on-${name}.ts`), [], env);
    const [, origin = ''] = /listens on (\S+)/.exec(await program.waitForLine(/listens on/)) ?? [];
    const ask = (path: string, init?: RequestInit) => fetch(`${origin}${path}`, init);
    expect(await (await ask('/hello')).text()).toBe('hello');
    expect(await (await ask('/admin/api/v1/me')).json()).toMatchObject({ id: 'local' });

    const html = await (await ask('/admin/tenants/acme%20inc?tab=json')).text();
    expect(html).toContain('<base href="/admin/"');
    expect((await ask('/admin')).status).toBe(200);
    const [script] = /assets\/main-\w+\.js/.exec(html) ?? [];
    expect((await ask(`/admin/${script}`)).headers.get('content-type')).toContain('text/javascript');
    expect((await ask('/admin/assets/none.js')).status).toBe(404);

    // A stream from before the change has it: from the moment at which it says that it is ready.
    const stream = await ask(`/admin/api/v1/tenants/${name}/events`);
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    const { hears, leave } = listener(stream);
    await hears(/event: ready/);
    const heard = hears(/event: change[\s\S]*smart-feature/).then(leave);
    const config = `/admin/api/v1/tenants/${name}/configs/smart-feature`;
    const put = (mode: string, condition: Record<string, string>) =>
      ask(config, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', 'sec-fetch-site': 'none', ...condition },
        body: JSON.stringify({ json: JSON.stringify({ mode }) }),
      });
    expect((await put('on', {})).status).toBe(428);
    expect((await put('on', { 'if-none-match': '*' })).status).toBe(200);
    const etag = (await ask(config)).headers.get('etag') ?? '';
    const second = await put('off', { 'if-match': etag });
    expect([second.status, await second.json()]).toMatchObject([200, { version: 2 }]);
    expect((await put('on', { 'if-match': etag })).status).toBe(412);
    await heard;

    // Another stream stays open, and a connection that has asked for nothing: the end waits for neither.
    const open = await ask(`/admin/api/v1/tenants/${name}/events`);
    const ahead = connect(Number(new URL(origin).port), '127.0.0.1').on('error', () => undefined);
    await once(ahead, 'connect');
    await program.kill('SIGTERM');
    expect(await program.exit, program.lines.join('\n')).toBe(0);
    ahead.destroy();
    await open.body?.cancel().catch(() => undefined);
  });
});

/** Somebody who reads a stream until it has said something, and leaves it. */
function listener({ body }: Response) {
  const reader = body?.getReader();
  let text = '';
  return {
    async hears(said: RegExp): Promise<void> {
      while (!said.test(text)) {
        const { value } = (await reader?.read()) ?? {};
        if (value === undefined) throw new Error(`the stream ended: ${text}`);
        text += Buffer.from(value).toString();
      }
    },
    leave: async () => reader?.cancel(),
  };
}
