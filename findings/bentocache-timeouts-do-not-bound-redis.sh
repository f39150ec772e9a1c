#!/usr/bin/env bash
# bentocache: `timeout` and `hardTimeout` bound the factory alone. While Redis, its second layer, does not answer, a read waits for
# Redis however long that takes, also where memory has the value for the grace period; nothing is served stale meanwhile.
#
# States, of bentocache 1.6.1 with ioredis 5.11.1, memory over Redis, `timeout: 100`, `hardTimeout: 200`, `grace: '1h'`:
#   1. with Redis well and a factory that takes 3 s, a read of an expired value is answered with it after about 100 ms
#   2. with Redis paused for 3 s (CLIENT PAUSE) and a factory that answers at once, the same read takes 3 s
#   3. with `commandTimeout: 250` given to ioredis, the read of 2 is answered within a second
# Exits with 0 where that is so, with 1 where it is not.
set -euo pipefail
folder=$(mktemp -d)
redis=
finish() {
  [ -z "$redis" ] || kill "$redis" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund bentocache@1.6.1 ioredis@5.11.1
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no > /dev/null &
redis=$!
disown "$redis"
until redis-cli -h 127.0.0.1 -p "$port" ping > /dev/null 2>&1; do sleep 0.1; done
cat > try.js <<'JS'
import { setTimeout as wait } from 'node:timers/promises';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisDriver } from 'bentocache/drivers/redis';
import { Redis } from 'ioredis';

const port = Number(process.argv[2]);
const admin = new Redis(port);
const PAUSE_MS = 3_000;

/** How long a read of an expired value takes, and what it answers. */
async function read(name, { pause, factoryMs, options = {} }) {
  const connection = new Redis({ port, ...options });
  connection.on('error', () => undefined);
  const store = bentostore().useL1Layer(memoryDriver()).useL2Layer(redisDriver({ connection }));
  const cache = new BentoCache({ default: 'main', prefix: name, stores: { main: store } });
  const common = { key: 'k', ttl: 100, grace: '1h', timeout: 100, hardTimeout: 200 };
  await cache.getOrSet({ ...common, factory: () => 'old' });
  await wait(200);
  if (pause) await admin.call('CLIENT', 'PAUSE', PAUSE_MS, 'ALL');
  const startedAt = performance.now();
  const value = await cache
    .getOrSet({ ...common, factory: () => wait(factoryMs, 'new') })
    .catch(error => error.constructor.name);
  const ms = performance.now() - startedAt;
  // What it began goes on: the next read is of a quiet cache.
  await wait(PAUSE_MS + 500);
  connection.disconnect();
  return { ms, value };
}

const slowFactory = await read('a', { pause: false, factoryMs: PAUSE_MS });
const slowRedis = await read('b', { pause: true, factoryMs: 0 });
const bounded = await read('c', { pause: true, factoryMs: 0, options: { commandTimeout: 250 } });
const say = (what, { ms, value }) => console.log(`  ${what}: ${JSON.stringify(value)} after ${Math.round(ms)} ms`);
console.log(`bentocache 1.6.1, ioredis 5.11.1, node ${process.version}, timeout 100, hardTimeout 200:`);
say('a slow factory', slowFactory);
say('a paused Redis', slowRedis);
say('a paused Redis, commandTimeout 250', bounded);
const holds =
  slowFactory.value === 'old' && slowFactory.ms < 1_000 && slowRedis.ms > PAUSE_MS - 500 && bounded.ms < 1_000;
console.log(holds ? 'As stated.' : 'Not as stated.');
process.exit(holds ? 0 : 1);
JS
node try.js "$port"
