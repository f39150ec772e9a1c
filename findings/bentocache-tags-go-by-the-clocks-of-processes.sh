#!/usr/bin/env bash
# bentocache 1.6.1 with ioredis 5.11.1, memory over Redis 7.0, and its bus
#
# A process caches a tenant's limits under the tenant's tag, and another one, after a change, calls `deleteByTag`. A good guess: what
# was cached before is not answered any more, on any machine. Seen: each entry and each deletion have the time of the process that made
# them, and the later one wins. With the deleting process's clock 30 s slow (or the writer's 30 s fast) nothing is deleted, at once or
# later: the entry is answered until its ttl. With the deleting process's clock 30 s fast, everything that is cached with the tag in the
# next 30 s is gone as soon as it is written: each read loads again. Both calls resolve. `delete` of the key and `clear()` are right
# whatever the clocks say.
#
# Output seen (the process that deletes, its clock):
#   right: deleteByTag: gone; cached anew: there
#   30 s slow: deleteByTag: still answered; cached anew: there
#   30 s fast: deleteByTag: gone; cached anew: gone
#   30 s slow: delete: gone; cached anew: there
#   30 s slow: clear: gone; cached anew: there
set -euo pipefail
folder=$(mktemp -d)
redis=
finish() {
  if [ -n "$redis" ]; then kill "$redis" 2>/dev/null || true; wait "$redis" 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts bentocache@1.6.1 ioredis@5.11.1
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no > /dev/null &
redis=$!
until redis-cli -h 127.0.0.1 -p "$port" ping > /dev/null 2>&1; do sleep 0.1; done
cat > open.js <<'JS'
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';

export function open(port) {
  const connection = { host: '127.0.0.1', port: Number(port) };
  const store = bentostore().useL1Layer(memoryDriver()).useL2Layer(redisDriver({ connection })).useBus(redisBusDriver({ connection }));
  return new BentoCache({ default: 'main', stores: { main: store } });
}
JS
# A process whose clock is fast by so many ms.
cat > remove.js <<'JS'
const [port, ms, how] = process.argv.slice(2);
const Clock = Date;
globalThis.Date = class extends Clock {
  constructor(...given) {
    super(...(given.length > 0 ? given : [Clock.now() + Number(ms)]));
  }
  static now = () => Clock.now() + Number(ms);
};
const { open } = await import('./open.js');
const cache = open(port);
if (how === 'deleteByTag') await cache.deleteByTag({ tags: ['acme'] });
if (how === 'delete') await cache.delete({ key: 'limits' });
if (how === 'clear') await cache.clear();
// What it tells the others is on its way.
await new Promise((resolve) => setTimeout(resolve, 300));
process.exit(0);
JS
cat > try.js <<'JS'
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { open } from './open.js';

const [port] = process.argv.slice(2);
const cache = open(port);
await sleep(500);
for (const [clock, ms, how] of [
  ['right', 0, 'deleteByTag'],
  ['30 s slow', -30_000, 'deleteByTag'],
  ['30 s fast', 30_000, 'deleteByTag'],
  ['30 s slow', -30_000, 'delete'],
  ['30 s slow', -30_000, 'clear'],
]) {
  // Nothing is left of the one before.
  await cache.clear();
  await promisify(execFile)('redis-cli', ['-p', port, 'flushall']);
  const write = (most) => cache.set({ key: 'limits', value: { most }, ttl: '1h', tags: ['acme'] });
  const read = async () => (await cache.get({ key: 'limits' }))?.most;
  await write(1);
  await sleep(50);
  await promisify(execFile)(process.execPath, ['remove.js', port, String(ms), how]);
  await sleep(500);
  const after = (await read()) === undefined ? 'gone' : 'still answered';
  await write(2);
  await sleep(50);
  console.log(`${clock}: ${how}: ${after}; cached anew: ${(await read()) === 2 ? 'there' : 'gone'}`);
}
process.exit(0);
JS
node try.js "$port" | tee seen.txt
diff seen.txt - <<'SEEN'
right: deleteByTag: gone; cached anew: there
30 s slow: deleteByTag: still answered; cached anew: there
30 s fast: deleteByTag: gone; cached anew: gone
30 s slow: delete: gone; cached anew: there
30 s slow: clear: gone; cached anew: there
SEEN
