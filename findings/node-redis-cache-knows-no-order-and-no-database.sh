#!/usr/bin/env bash
# redis (node-redis) 6.3.1, clientSideCache: BasicClientSideCache, RESP: 3, Redis 7.0
#
# One connection caches what it read, and Redis tells it what changed. Two good guesses, both true without the cache:
# commands of one connection take effect in the order in which they were called, and after SELECT the keys are those of the
# other database. Seen: a GET called right after a SET (in one Promise.all, as an automatic pipeline) is answered from
# memory, with the value from before the SET. And the memory does not know databases: after select(1) a key is answered
# with its value of database 0, though database 1 has no such key.
#
# Output seen:
#   without a cache: after SET in one turn "new", after select(1) null
#   with the cache:  after SET in one turn "old", after select(1) "new"
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
npm install --silent --no-audit --no-fund --ignore-scripts redis@6.3.1
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no > /dev/null &
redis=$!
disown "$redis"
until redis-cli -h 127.0.0.1 -p "$port" ping > /dev/null 2>&1; do sleep 0.1; done
cat > try.js <<'JS'
import { setTimeout as sleep } from 'node:timers/promises';
import { BasicClientSideCache, createClient } from 'redis';

const url = `redis://127.0.0.1:${process.argv[2]}`;
async function tryIt(name, options) {
  const client = createClient({ url, RESP: 3, ...options });
  await client.connect();
  await client.set('limit', 'old');
  await client.get('limit');
  const [, sameTurn] = await Promise.all([client.set('limit', 'new'), client.get('limit')]);
  // What Redis tells of the SET has arrived by then.
  await sleep(200);
  await client.get('limit');
  await client.select(1);
  const other = await client.get('limit');
  console.log(`${name} after SET in one turn ${JSON.stringify(sameTurn)}, after select(1) ${JSON.stringify(other)}`);
  client.destroy();
}
await tryIt('without a cache:', {});
await tryIt('with the cache: ', { clientSideCache: new BasicClientSideCache() });
JS
node try.js "$port" | tee seen.txt
diff seen.txt - <<'SEEN'
without a cache: after SET in one turn "new", after select(1) null
with the cache:  after SET in one turn "old", after select(1) "new"
SEEN
