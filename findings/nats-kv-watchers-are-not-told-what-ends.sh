#!/usr/bin/env bash
# @nats-io/kv 3.4.0, @nats-io/transport-node 3.4.0, nats-server 2.9.10 (Debian bookworm)
#
# A watcher holds the configs of a bucket in memory. Two good guesses: it is told when a value ends by the bucket's ttl, as
# it is told of a delete; and when somebody deletes the bucket and makes it again, it goes on with the new one or ends. Seen:
# an expired value is gone for every `get` and stays for every watcher; and a watcher of a bucket that was made again hears
# nothing more: no value, no error, no end, on a connection that is well (15 s waited).
#
# Output seen:
#   value expired: get null, watcher was told: PUT 5
#   deleted: watcher was told: PUT 1, DEL
#   bucket made again: get 6, watcher was told: PUT 1, DEL
#
# Needs Debian's packages (apt-get download); no root.
set -euo pipefail
folder=$(mktemp -d)
server=
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
apt-get download -qq nats-server >/dev/null 2>&1
dpkg -x nats-server_2.9.10*.deb tree
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts @nats-io/kv@3.4.0 @nats-io/transport-node@3.4.0
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
tree/usr/sbin/nats-server -js -sd data -a 127.0.0.1 -p "$port" > nats.log 2>&1 &
server=$!
disown "$server"
cat > try.js <<'JS'
import { setTimeout as sleep } from 'node:timers/promises';
import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';

const connection = await connect({ servers: `127.0.0.1:${process.argv[2]}`, waitOnFirstConnect: true });
const buckets = new Kvm(connection);

async function follow(bucket) {
  const told = [];
  const watcher = await bucket.watch();
  void (async () => {
    for await (const { operation, length, string } of entries(watcher)) told.push(length > 0 ? `${operation} ${string}` : operation);
    told.push('the end');
  })().catch((error) => told.push(`error ${error.message}`));
  return told;
}
async function* entries(watcher) {
  for await (const entry of watcher) yield { operation: entry.operation, length: entry.length, string: entry.string() };
}

const expiring = await buckets.create('expiring', { ttl: 1000 });
const toldOfExpiring = await follow(expiring);
await expiring.put('limit', '5');
await sleep(4000);
console.log(`value expired: get ${await expiring.get('limit')}, watcher was told: ${toldOfExpiring.join(', ')}`);

const plain = await buckets.create('plain');
const told = await follow(plain);
await plain.put('limit', '1');
await plain.delete('limit');
await sleep(500);
console.log(`deleted: watcher was told: ${told.join(', ')}`);
await plain.destroy();
const again = await buckets.create('plain');
await again.put('limit', '6');
await sleep(15_000);
console.log(`bucket made again: get ${(await again.get('limit')).string()}, watcher was told: ${told.join(', ')}`);
process.exit(0);
JS
node try.js "$port" | tee seen.txt
diff seen.txt - <<'SEEN'
value expired: get null, watcher was told: PUT 5
deleted: watcher was told: PUT 1, DEL
bucket made again: get 6, watcher was told: PUT 1, DEL
SEEN
