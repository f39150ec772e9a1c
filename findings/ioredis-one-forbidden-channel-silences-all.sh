#!/usr/bin/env bash
# ioredis 6.0.0 and 5.11.1, Redis 7.0
#
# A connection follows the feeds of two tenants, and its user loses the right to one of them (ACL SETUSER). Redis ends the
# connection, ioredis connects again and subscribes again, as it promises. A good guess: the tenant that is still allowed goes
# on. Seen: ioredis asks for all channels in one SUBSCRIBE, which Redis refuses as a whole. So the connection hears nothing
# any more, of any tenant. Its status is "ready", no 'error' is emitted, and it is never tried again; the only sign is a
# rejected promise that nobody holds, which ends a Node process that has no handler for it.
#
# Output seen:
#   6.0.0: before, acme has 1 subscriber; after, status ready, acme has 0; 'error' events 0, unhandled: NOPERM
#   5.11.1: before, acme has 1 subscriber; after, status ready, acme has 0; 'error' events 0, unhandled: NOPERM
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
npm install --silent --no-audit --no-fund --ignore-scripts io6@npm:ioredis@6.0.0 io5@npm:ioredis@5.11.1
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no > /dev/null &
redis=$!
disown "$redis"
until redis-cli -h 127.0.0.1 -p "$port" ping > /dev/null 2>&1; do sleep 0.1; done
cat > try.js <<'JS'
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const [port, version, name] = process.argv.slice(2);
const { Redis } = await import(name);
const admin = new Redis(Number(port));
await admin.call('ACL', 'SETUSER', 'reader', 'reset', 'on', '>secret', '+@all', '&feed:acme', '&feed:globex');
let errors = 0;
let unhandled = 'nothing';
process.on('unhandledRejection', (error) => { unhandled = error.message.split(' ')[0]; });
const feed = new Redis({ host: '127.0.0.1', port: Number(port), username: 'reader', password: 'secret' });
feed.on('error', () => { errors += 1; });
await feed.subscribe('feed:acme', 'feed:globex');
const subscribers = async () => (await admin.call('PUBSUB', 'NUMSUB', 'feed:acme'))[1];
const before = await subscribers();
const again = once(feed, 'ready');
await admin.call('ACL', 'SETUSER', 'reader', 'resetchannels', '&feed:acme');
await again;
// Ten times the longest of the first waits between two tries to connect.
await sleep(1000);
console.log(`${version}: before, acme has ${before} subscriber; after, status ${feed.status}, acme has ${await subscribers()}; `
  + `'error' events ${errors}, unhandled: ${unhandled}`);
feed.disconnect();
admin.disconnect();
JS
{ node try.js "$port" 6.0.0 io6; node try.js "$port" 5.11.1 io5; } | tee seen.txt
diff seen.txt - <<'SEEN'
6.0.0: before, acme has 1 subscriber; after, status ready, acme has 0; 'error' events 0, unhandled: NOPERM
5.11.1: before, acme has 1 subscriber; after, status ready, acme has 0; 'error' events 0, unhandled: NOPERM
SEEN
