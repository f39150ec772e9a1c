#!/usr/bin/env bash
# BullMQ: worker.close(true) resolves while Redis is away, and the process does not end.
#
# States, of bullmq 6.7.0 with ioredis 6.0.0: a worker that waits for a job loses its Redis. `await worker.close(true)` resolves
# at once, and then the process stays for seconds, up to `drainDelay` (5 s by default) and one more: the watchdog timer of the
# blocking command is cleared only when that command settles, and ioredis never settles what it keeps for a reconnect.
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
echo '{ "private": true }' > package.json
npm install --silent --no-audit --no-fund bullmq@6.7.0 ioredis@6.0.0
cat > try.mjs <<'JS'
import { createRequire } from 'node:module';
import { Worker } from 'bullmq';
const require = createRequire(import.meta.url);
const version = name => JSON.parse(require('node:fs').readFileSync(`node_modules/${name}/package.json`)).version;
const [port, pid] = process.argv.slice(2).map(Number);
// Without ioredis's own two seconds (disconnectTimeout), so that only the watchdog is seen.
const connection = { port, host: '127.0.0.1', disconnectTimeout: 0, maxRetriesPerRequest: null, retryStrategy: () => 60_000 };
const worker = new Worker('none', async () => undefined, { connection });
worker.on('error', () => undefined);
const backend = worker.getBackend();
await worker.waitUntilReady();
const client = await backend.blockingClient;
const blocked = async () => String(await (await backend.client).client('LIST')).includes('cmd=bzpopmin');
while (!(await blocked())) await new Promise(resolve => setTimeout(resolve, 20));
const lost = new Promise(resolve => client.once('close', resolve));
process.kill(pid, 'SIGKILL');
await lost;
await new Promise(resolve => setTimeout(resolve, 100));
const startedAt = performance.now();
await worker.close(true);
const closedAt = performance.now();
process.on('exit', () => {
  const ms = Math.round(performance.now() - closedAt);
  console.log(`bullmq ${version('bullmq')}, ioredis ${version('ioredis')}, node ${process.version}:`);
  console.log(`  close(true) took ${Math.round(closedAt - startedAt)} ms; the process ended ${ms} ms after it`);
  if (closedAt - startedAt > 1_000 || ms < 2_500) process.exitCode = 1;
});
JS
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no > /dev/null &
redis=$!
disown "$redis"
until redis-cli -h 127.0.0.1 -p "$port" ping > /dev/null 2>&1; do sleep 0.1; done
result=0
node try.mjs "$port" "$redis" || result=1
redis=
[ "$result" = 0 ] && echo 'As stated.' || echo 'Not as stated.'
exit "$result"
