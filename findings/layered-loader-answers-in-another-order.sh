#!/usr/bin/env bash
# layered-loader 14.2.2, its Redis cache with ioredis 6.0.0, Redis 7.0
#
# `getMany(['a', 'b', 'c'])` answers with values, without their keys. A good guess: in the order of the keys, as MGET does.
# Seen: so it is while memory is empty or full. As soon as memory has some of them, those come first, so the same call gives
# the same three in another order, and who joins them with the keys by their place gives b's value to a.
# And null, which its documentation calls an answer of its own ("resolved, but empty"), is null in the process that loaded
# it, and '' in every process that reads it from Redis.
#
# Output seen:
#   memory empty: a b c
#   memory full: a b c
#   a was invalidated: b c a
#   limit: null in the process that loaded it, "" in the next
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
npm install --silent --no-audit --no-fund --ignore-scripts layered-loader@14.2.2 ioredis@6.0.0
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no > /dev/null &
redis=$!
disown "$redis"
until redis-cli -h 127.0.0.1 -p "$port" ping > /dev/null 2>&1; do sleep 0.1; done
cat > try.js <<'JS'
import { Redis } from 'ioredis';
import { Loader, RedisCache } from 'layered-loader';

const inMemoryCache = { cacheId: 'configs', cacheType: 'lru-map', ttlInMsecs: 60_000, maxItems: 100 };
const configs = new Loader({
  inMemoryCache,
  cacheKeyFromValueResolver: (config) => config.name,
  dataSources: [{ name: 'database', isCache: false, get: async (name) => ({ name }), getMany: async (names) => names.map((name) => ({ name })) }],
});
const show = async (when) => console.log(`${when}: ${(await configs.getMany(['a', 'b', 'c'])).map(({ name }) => name).join(' ')}`);
await show('memory empty');
await show('memory full');
await configs.invalidateCacheFor('a');
await show('a was invalidated');

const redis = new Redis(Number(process.argv[2]));
const limits = () => new Loader({
  inMemoryCache,
  asyncCache: new RedisCache(redis, { json: true, prefix: 'limits', ttlInMsecs: 60_000 }),
  dataSources: [{ name: 'database', isCache: false, get: async () => null, getMany: async (names) => names.map(() => null) }],
});
const [loaded, read] = [await limits().get('acme'), await limits().get('acme')];
console.log(`limit: ${JSON.stringify(loaded)} in the process that loaded it, ${JSON.stringify(read)} in the next`);
redis.disconnect();
JS
node try.js "$port" | tee seen.txt
diff seen.txt - <<'SEEN'
memory empty: a b c
memory full: a b c
a was invalidated: b c a
limit: null in the process that loaded it, "" in the next
SEEN
