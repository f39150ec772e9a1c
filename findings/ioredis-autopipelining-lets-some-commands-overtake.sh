#!/usr/bin/env bash
# ioredis 6.0.0 and 5.11.1, Redis 7.0
#
# An application turns on `enableAutoPipelining`; its page says that no other code change is necessary. A good guess: the commands of
# one connection still reach Redis in the order in which they were called. Seen: most commands wait for the end of the turn, and for
# the automatic pipeline under way to be answered, but `multi`, `pipeline`, `select` and `quit` among others do not wait and overtake
# them. So a transaction reads what was there before the SET that was called first, also when it is called in a later turn. A SET that
# was called before `select(1)` writes into database 1. And what was called before `quit()`, which without the option is carried out
# first, is never sent: it is rejected with "Connection is closed.", so a last write without an `await` is lost at each shutdown.
#
# Output seen, of each version:
#   off: SET, then a transaction: reads "new"; a turn later: reads "new"
#   off: SET, then a pipeline: reads "new"
#   off: SET, then SELECT 1: written into database 0
#   off: SET, then QUIT: OK, the value is there
#   on: SET, then a transaction: reads "old"; a turn later: reads "old"
#   on: SET, then a pipeline: reads "old"
#   on: SET, then SELECT 1: written into database 1
#   on: SET, then QUIT: Connection is closed., the value is not there
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
npm install --silent --no-audit --no-fund --ignore-scripts ioredis6@npm:ioredis@6.0.0 ioredis5@npm:ioredis@5.11.1
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no > /dev/null &
redis=$!
until redis-cli -h 127.0.0.1 -p "$port" ping > /dev/null 2>&1; do sleep 0.1; done
cat > try.js <<'JS'
import { setImmediate as nextTurn } from 'node:timers/promises';

const [port, version] = process.argv.slice(2);
const { Redis } = await import(`ioredis${version}`);
const open = (options) => new Redis({ port, host: '127.0.0.1', ...options });
const reader = open();
const other = open({ db: 1 });
for (const enableAutoPipelining of [false, true]) {
  const name = enableAutoPipelining ? 'on' : 'off';
  const redis = open({ enableAutoPipelining });
  const old = () => reader.set('limit', 'old');

  await old();
  const [, [[, read]]] = await Promise.all([redis.set('limit', 'new'), redis.multi().get('limit').exec()]);
  await old();
  // Redis takes 300 ms to answer the GET that comes first.
  await reader.call('client', 'pause', '300', 'all');
  const first = redis.get('limit');
  await nextTurn();
  const written = redis.set('limit', 'new');
  await nextTurn();
  const [[, readLater]] = await redis.multi().get('limit').exec();
  await Promise.all([first, written]);
  console.log(`${name}: SET, then a transaction: reads "${read}"; a turn later: reads "${readLater}"`);

  await old();
  const [, [[, piped]]] = await Promise.all([redis.set('limit', 'new'), redis.pipeline().get('limit').exec()]);
  console.log(`${name}: SET, then a pipeline: reads "${piped}"`);

  await Promise.all([reader.del('limit'), other.del('limit')]);
  await Promise.all([redis.set('limit', 'new'), redis.select(1)]);
  const places = [await reader.get('limit'), await other.get('limit')].flatMap((value, database) => (value === null ? [] : [database]));
  console.log(`${name}: SET, then SELECT 1: written into database ${places}`);
  await redis.select(0);

  await reader.del('limit');
  const last = redis.set('limit', 'last').catch((error) => error.message);
  await redis.quit();
  console.log(`${name}: SET, then QUIT: ${await last}, the value is ${(await reader.exists('limit')) ? '' : 'not '}there`);
}
reader.disconnect();
other.disconnect();
JS
for version in 6 5; do
  node try.js "$port" "$version" | tee seen.txt
  diff seen.txt - <<'SEEN'
off: SET, then a transaction: reads "new"; a turn later: reads "new"
off: SET, then a pipeline: reads "new"
off: SET, then SELECT 1: written into database 0
off: SET, then QUIT: OK, the value is there
on: SET, then a transaction: reads "old"; a turn later: reads "old"
on: SET, then a pipeline: reads "old"
on: SET, then SELECT 1: written into database 1
on: SET, then QUIT: Connection is closed., the value is not there
SEEN
done
