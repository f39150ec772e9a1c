#!/usr/bin/env bash
# ioredis: a command that was rejected with "Command timed out" before it was ever sent is sent later.
#
# A command that waits in the offline queue has not left the process. A good guess is that `commandTimeout` takes it out:
# the caller was told that it failed, and tries again. Seen with ioredis 6.0.0 and 5.11.1: the timer rejects the promise and
# leaves the command in the queue, so every one of the tries is carried out once Redis comes. The same holds for a command
# that timed out in flight and whose connection is lost afterwards: it is sent again to the next one, where nobody waits for it.
#
# Output seen, of each version:
#   without Redis: INCR was rejected 3 times: Command timed out
#   Redis came: the counter is 3
#   in flight: INCR was rejected: Command timed out
#   an empty Redis took its place: the counter is 1
# Exits with 0 where that is so, with 1 where it is not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > try.mjs <<'JS'
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const { Redis } = require('ioredis');
const port = process.argv[2];
const start = () => spawn('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], { stdio: 'ignore' });
const redis = new Redis(Number(port), '127.0.0.1', { commandTimeout: 200, retryStrategy: () => 1_000 });
redis.on('error', () => undefined);
const once = event => new Promise(resolve => redis.once(event, resolve));
const increment = () => redis.incr('counter').then(() => 'answered', error => error.message);
let server;
try {
  const offline = [await increment(), await increment(), await increment()];
  server = start();
  await once('ready');
  const made = await redis.get('counter');
  server.kill('SIGSTOP');
  const inFlight = await increment();
  server.kill('SIGKILL');
  await once('reconnecting');
  server = start();
  await once('ready');
  const again = await redis.get('counter');
  console.log(`ioredis ${require('ioredis/package.json').version}, node ${process.version}:`);
  console.log(`  without Redis: INCR was rejected ${offline.length} times: ${[...new Set(offline)]}`);
  console.log(`  Redis came: the counter is ${made}`);
  console.log(`  in flight: INCR was rejected: ${inFlight}`);
  console.log(`  an empty Redis took its place: the counter is ${again}`);
  const isSo = [...offline, inFlight].every(each => each === 'Command timed out') && made === '3' && again === '1';
  if (!isSo) process.exitCode = 1;
} finally {
  redis.disconnect();
  server?.kill('SIGKILL');
}
JS
result=0
for version in 6.0.0 5.11.1; do
  rm -rf node_modules package.json package-lock.json
  echo '{ "private": true }' > package.json
  npm install --silent --no-audit --no-fund "ioredis@$version"
  port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
  node try.mjs "$port" || result=1
done
[ "$result" = 0 ] && echo 'As stated.' || echo 'Not as stated.'
exit "$result"
