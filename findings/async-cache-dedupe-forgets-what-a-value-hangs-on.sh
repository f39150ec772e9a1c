#!/usr/bin/env bash
# async-cache-dedupe 3.4.0, in memory and over Redis 7.0 (ioredis 6.0.0)
#
# A tenant's limits are cached with the names of what they depend on (`references`: tenant:acme, tier:eu), and whoever changes the tenant
# calls `invalidateAll('tenant:acme')`. The names are made from the result, as its page shows, so they change: acme gets a plan, and the next
# background refresh (`stale`) stores the value under plan:gold, tenant:acme and tier:eu. A good guess: each of the three takes the value
# away. Seen: plan:gold does, and tenant:acme, which was and is among them, does nothing any more. What went and what came is found by a
# comparison of two sorted lists that takes a name for gone as soon as another one stands before it. So after the change that everybody told
# the cache of, acme has its old limits until the next refresh. It happens in the process's memory and in Redis, where the value is
# old for all processes. `invalidateAll` resolves, and `onError` is not called. With names that never change it is right.
# No public thread found.
#
# Output seen:
#   memory, names as at first: invalidated, the next read has limit 2
#   memory, a plan came: not invalidated, the next read has limit 2 (limit 3 is set)
#   memory, a plan came, invalidated by the plan: invalidated, the next read has limit 3
#   redis, names as at first: invalidated, the next read has limit 2
#   redis, a plan came: not invalidated, the next read has limit 2 (limit 3 is set)
#   redis, a plan came, invalidated by the plan: invalidated, the next read has limit 3
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
npm install --silent --no-audit --no-fund --ignore-scripts async-cache-dedupe@3.4.0 ioredis@6.0.0
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no > /dev/null &
redis=$!
disown "$redis"
until redis-cli -h 127.0.0.1 -p "$port" ping > /dev/null 2>&1; do sleep 0.1; done
cat > try.js <<'JS'
import { setTimeout as sleep } from 'node:timers/promises';
import { createCache } from 'async-cache-dedupe';
import { Redis } from 'ioredis';

const client = new Redis(Number(process.argv[2]), { host: '127.0.0.1' });
const storages = {
  memory: { type: 'memory', options: { invalidation: true } },
  redis: { type: 'redis', options: { client, invalidation: { referencesTTL: 100 } } },
};

/** The database: what acme has now. */
let acme;
async function open(storage) {
  await client.flushall();
  acme = { tier: 'eu', limit: 1 };
  const cache = createCache({ ttl: 1, stale: 60, storage, onError: (error) => console.log(`onError: ${error.message}`) });
  cache.define(
    'limits',
    { references: (tenant, _key, { plan, tier }) => [...(plan ? [`plan:${plan}`] : []), `tenant:${tenant}`, `tier:${tier}`] },
    async () => ({ ...acme }),
  );
  return cache;
}
const limit = async (cache) => (await cache.limits('acme')).limit;
/** Reads until the background refresh has brought the value, a bit more than `ttl` after it was stored, and has written the names. */
async function refreshed(cache, wanted) {
  while ((await limit(cache)) !== wanted) await sleep(50);
  await sleep(100);
}
async function invalidated(cache, reference) {
  const before = acme.limit;
  acme = { ...acme, limit: before + 1 };
  await cache.invalidateAll(reference);
  const seen = await limit(cache);
  return seen === before ? `not invalidated, the next read has limit ${seen} (limit ${acme.limit} is set)` : `invalidated, the next read has limit ${seen}`;
}

for (const [name, storage] of Object.entries(storages)) {
  const first = await open(storage);
  await limit(first);
  console.log(`${name}, names as at first: ${await invalidated(first, 'tenant:acme')}`);
  for (const [way, reference] of [['', 'tenant:acme'], [', invalidated by the plan', 'plan:gold']]) {
    const cache = await open(storage);
    await limit(cache);
    acme = { tier: 'eu', plan: 'gold', limit: 2 };
    await refreshed(cache, 2);
    console.log(`${name}, a plan came${way}: ${await invalidated(cache, reference)}`);
  }
}
process.exit(0);
JS
node try.js "$port" | tee seen.txt
diff seen.txt - <<'SEEN'
memory, names as at first: invalidated, the next read has limit 2
memory, a plan came: not invalidated, the next read has limit 2 (limit 3 is set)
memory, a plan came, invalidated by the plan: invalidated, the next read has limit 3
redis, names as at first: invalidated, the next read has limit 2
redis, a plan came: not invalidated, the next read has limit 2 (limit 3 is set)
redis, a plan came, invalidated by the plan: invalidated, the next read has limit 3
SEEN
