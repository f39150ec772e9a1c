#!/usr/bin/env bash
# @configcat/sdk 1.1.0 for Node, with a cache that two processes share
#
# All processes of a fleet give ConfigCat's client one cache, and poll each second. One of them, whose clock is a day fast, fetches the
# config and ends. A good guess: the others go on polling, or at worst wait one interval. Seen: the process wrote its own time beside the
# config, and the others take the config for fresh until a day and a second have passed by their own right clocks: they never ask. The flag
# that is switched off in the meantime stays on, `waitForReady` says that all is up to date, nothing is logged, and a restart changes
# nothing, since the cache is read first. `forceRefreshAsync` of one client heals all of them. Beside it, a process whose clock is right:
# the change is seen with the next poll.
#
# Output seen:
#   written by a right clock: ready with 1 (cache up to date), 5 s after the change 2, asked more than twice
#   written by a fast clock: ready with 1 (cache up to date), 5 s after the change 1, asked never
#   started again: ready with 1 (cache up to date), 5 s after the change 1, asked never
#   one client was told to refresh: 2
#   started again: ready with 2 (cache up to date), 5 s after the change 2, asked more than twice
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts @configcat/sdk@1.1.0
cat > open.js <<'JS'
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { ClientCacheState, createConsoleLogger, getClient, LogLevel, PollingMode } from '@configcat/sdk/node';

const cache = {
  get: (key) => (existsSync(key) ? readFileSync(key, 'utf8') : undefined),
  set: (key, value) => writeFileSync(key, value),
};
export async function open(baseUrl) {
  const key = `configcat-sdk-1/${'a'.repeat(22)}/${'b'.repeat(22)}`;
  const logger = createConsoleLogger(LogLevel.Warn);
  const client = getClient(key, PollingMode.AutoPoll, { baseUrl, pollIntervalSeconds: 1, cache, logger });
  const state = await client.waitForReady();
  return { client, isUpToDate: state === ClientCacheState.HasUpToDateFlagData, limit: () => client.getValueAsync('limit', -1) };
}
JS
# A process whose clock is fast by so many ms.
cat > write.js <<'JS'
const [url, ms] = process.argv.slice(2);
const Clock = Date;
globalThis.Date = class extends Clock {
  constructor(...given) {
    super(...(given.length > 0 ? given : [Clock.now() + Number(ms)]));
  }
  static now = () => Clock.now() + Number(ms);
};
const { open } = await import('./open.js');
const { client, limit } = await open(url);
if ((await limit()) !== 1) throw new Error('not fetched');
client.dispose();
JS
cat > try.js <<'JS'
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { open } from './open.js';

let limit;
let asked;
const server = createServer((_, response) => {
  asked++;
  const config = { p: { u: 'http://127.0.0.1', r: 0, s: 'c2FsdA==' }, f: { limit: { t: 2, v: { i: limit }, i: 'limit' } } };
  response.writeHead(200, { 'content-type': 'application/json', etag: `"${limit}"` }).end(JSON.stringify(config));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const url = `http://127.0.0.1:${server.address().port}`;

async function follow(what) {
  asked = 0;
  const { client, isUpToDate, limit: read } = await open(url);
  const first = await read();
  const askedBefore = asked;
  limit = 2;
  await sleep(5000);
  const times = asked === 0 ? 'never' : asked - askedBefore > 2 ? 'more than twice' : 'seldom';
  console.log(`${what}: ready with ${first} (cache ${isUpToDate ? '' : 'not '}up to date), 5 s after the change ${await read()}, asked ${times}`);
  return client;
}
for (const [what, ms] of [['right', 0], ['fast', 86_400_000]]) {
  for (const file of readdirSync('.').filter((name) => /^[0-9a-f]{40}$/.test(name))) rmSync(file);
  limit = 1;
  await promisify(execFile)(process.execPath, ['write.js', url, String(ms)]);
  (await follow(`written by a ${what} clock`)).dispose();
}
const again = await follow('started again');
await again.forceRefreshAsync();
console.log(`one client was told to refresh: ${await again.getValueAsync('limit', -1)}`);
again.dispose();
(await follow('started again')).dispose();
process.exit(0);
JS
node try.js 2>&1 | tee seen.txt
diff seen.txt - <<'SEEN'
written by a right clock: ready with 1 (cache up to date), 5 s after the change 2, asked more than twice
written by a fast clock: ready with 1 (cache up to date), 5 s after the change 1, asked never
started again: ready with 1 (cache up to date), 5 s after the change 1, asked never
one client was told to refresh: 2
started again: ready with 2 (cache up to date), 5 s after the change 2, asked more than twice
SEEN
