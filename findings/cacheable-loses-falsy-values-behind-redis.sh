#!/usr/bin/env bash
# cacheable 2.5.0 over Redis (@keyv/redis 5.1.6, keyv 5.6.0), Redis 7.0
#
# One process sets 0, false, '' and null; another one, with an empty memory, reads them. A good guess: it gets them, as the
# first one does. Seen: `get` answers undefined, as if nothing were there, and `getOrSet` loads each time a process reads
# the key first. `has` says that the key is there, and `getMany` brings the value. So a limit of 0 or a switch that is off
# holds in the process that set it, and is "not set" everywhere else.
#
# Output seen (in the other process):
#   0: get undefined, has true, getMany 0, loads of getOrSet 1
#   false: get undefined, has true, getMany false, loads of getOrSet 1
#   "": get undefined, has true, getMany "", loads of getOrSet 1
#   null: get undefined, has true, getMany null, loads of getOrSet 1
#   1: get 1, has true, getMany 1, loads of getOrSet 0
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
npm install --silent --no-audit --no-fund --ignore-scripts cacheable@2.5.0 @keyv/redis@5.1.6 keyv@5.6.0
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no > /dev/null &
redis=$!
disown "$redis"
until redis-cli -h 127.0.0.1 -p "$port" ping > /dev/null 2>&1; do sleep 0.1; done
cat > try.js <<'JS'
import { Keyv } from 'keyv';
import KeyvRedis from '@keyv/redis';
import { Cacheable } from 'cacheable';

const url = `redis://127.0.0.1:${process.argv[2]}`;
const cacheOfAProcess = () => new Cacheable({ secondary: new Keyv({ store: new KeyvRedis(url) }) });

const writer = cacheOfAProcess();
for (const value of [0, false, '', null, 1]) {
  const key = `limit-${value}`;
  await writer.set(key, value);
  const got = await cacheOfAProcess().get(key);
  const has = await cacheOfAProcess().has(key);
  const [many] = await cacheOfAProcess().getMany([key]);
  let loads = 0;
  await cacheOfAProcess().getOrSet(key, async () => {
    loads += 1;
    return value;
  });
  const told = [`get ${JSON.stringify(got)}`, `has ${has}`, `getMany ${JSON.stringify(many)}`, `loads of getOrSet ${loads}`];
  console.log(`${JSON.stringify(value)}: ${told.join(', ')}`);
}
process.exit(0);
JS
node try.js "$port" | tee seen.txt
diff seen.txt - <<'SEEN'
0: get undefined, has true, getMany 0, loads of getOrSet 1
false: get undefined, has true, getMany false, loads of getOrSet 1
"": get undefined, has true, getMany "", loads of getOrSet 1
null: get undefined, has true, getMany null, loads of getOrSet 1
1: get 1, has true, getMany 1, loads of getOrSet 0
SEEN
