// Starts the compiled application of docs/guides/nestjs.md, asks it as two tenants and ends it; and then starts its module in this process,
// which must end by itself. `done` only if every step was seen to work.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { createPayloadCodec, encodeEnvelope } from '@tenantry/protocol/wire';
import { createReplica } from '@tenantry/redis';
import { Redis } from 'ioredis';

const { REDIS_URL, PREFIX, OUT } = process.env;
const PATIENCE_MS = 60_000;
const redis = new Redis(REDIS_URL);
const replica = createReplica({ redis, prefix: PREFIX });
const { encode } = createPayloadCodec();

async function set(tenant, version, mode) {
  const { smartFeature } = await import(pathToFileURL(`${OUT}/definitions.js`).href);
  const { address } = smartFeature;
  const envelope = { version, updatedAt: Date.now(), expiresAt: 0, owner: address, payload: encode({ mode }) };
  const change = { owner: address, version, op: 'put', addresses: [address], envelope: encodeEnvelope(envelope) };
  await replica.apply(tenant, [change]);
}

await set('acme', 1, 'on');
const app = spawn(process.execPath, [...process.execArgv, `${OUT}/main.js`], {
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { ...process.env, PORT: '0' },
});
const ended = once(app, 'exit');
const url = await new Promise((resolve, reject) => {
  createInterface({ input: app.stdout }).on('line', line => {
    const [, found] = /listens on (\S+)/.exec(line) ?? [];
    if (found) resolve(found);
  });
  ended.then(end => reject(new Error(`the application ended: ${end}`)));
});

async function ask(path, tenant) {
  const response = await fetch(`${url}/${path}`, { headers: tenant ? { 'x-tenant': tenant } : {} });
  return [response.status, await response.json()];
}

const modes = { acme: 'on', globex: 'off' };
const tenants = Array.from({ length: 40 }, (_, i) => (i % 2 ? 'acme' : 'globex'));
assert.deepEqual(
  await Promise.all(tenants.map(tenant => ask('search', tenant))),
  tenants.map(tenant => [200, { tenant, mode: modes[tenant] }]),
);
assert.deepEqual(await ask('search/similar', 'acme'), [200, { version: 1 }]);
assert.equal((await ask('search/similar', 'globex'))[0], 403);
assert.equal((await ask('search'))[0], 500);
const [status, health] = await ask('health');
assert.deepEqual([status, health.tenantry.status], [200, 'up']);

await set('globex', 1, 'on');
for (const endsAt = performance.now() + PATIENCE_MS; (await ask('search', 'globex'))[1].mode !== 'on'; await pause(20))
  assert(performance.now() < endsAt, 'the change does not arrive');
app.kill('SIGTERM');
// Nest sends the signal on to the process when everything is closed.
assert.deepEqual(await ended, [null, 'SIGTERM']);

// The application's own Nest: as it is, an ES module or not.
const { NestFactory } = createRequire(`${OUT}/main.js`)('@nestjs/core');
const { AppModule } = createRequire(`${OUT}/main.js`)('./app.module.js');
const context = await NestFactory.createApplicationContext(AppModule, { logger: false });
await context.close();
redis.disconnect();
console.log('done');
