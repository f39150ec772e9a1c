#!/usr/bin/env bash
# ioredis: disconnect() of a connection that was lost and waits to reconnect never ends it.
#
# States, of ioredis 6.0.0 and 5.11.1 with maxRetriesPerRequest: null (as BullMQ wants it):
#   1. the command that was in flight when the connection was lost is never settled
#   2. 'end' is never emitted, the status stays "reconnecting"
#   3. the process does not end for two more seconds: disconnect() waits `disconnectTimeout` (2,000 ms by default) for a
#      socket to close that is closed already
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
cat > try.mjs <<'JS'
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const { Redis } = require('ioredis');
const [port, pid] = process.argv.slice(2).map(Number);
const redis = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null, retryStrategy: () => 60_000 });
redis.on('error', () => undefined);
let [settled, ended, disconnectedAt] = [false, false, 0];
redis.on('end', () => { ended = true; });
await new Promise(resolve => redis.once('ready', resolve));
redis.bzpopmin('none', 10).then(() => { settled = true; }, () => { settled = true; });
const reconnecting = new Promise(resolve => redis.once('reconnecting', resolve));
process.kill(pid, 'SIGKILL');
await reconnecting;
disconnectedAt = performance.now();
redis.disconnect();
process.on('exit', () => {
  const ms = Math.round(performance.now() - disconnectedAt);
  console.log(`ioredis ${require('ioredis/package.json').version}, node ${process.version}:`);
  console.log(`  the command was settled: ${settled}`);
  console.log(`  'end' was emitted: ${ended}, the status is "${redis.status}"`);
  console.log(`  the process ended ${ms} ms after disconnect()`);
  if (settled || ended || redis.status !== 'reconnecting' || ms < 1_500) process.exitCode = 1;
});
JS
result=0
for version in 6.0.0 5.11.1; do
  rm -rf node_modules package.json package-lock.json
  echo '{ "private": true }' > package.json
  npm install --silent --no-audit --no-fund "ioredis@$version"
  port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
  redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no > /dev/null &
  redis=$!
  disown "$redis"
  until redis-cli -h 127.0.0.1 -p "$port" ping > /dev/null 2>&1; do sleep 0.1; done
  node try.mjs "$port" "$redis" || result=1
  redis=
done
[ "$result" = 0 ] && echo 'As stated.' || echo 'Not as stated.'
exit "$result"
