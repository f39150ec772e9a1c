#!/usr/bin/env bash
# etcd3 1.1.2 (the Node client), etcd 3.4.23 (Debian bookworm)
#
# A watcher asks for the changes from a revision that the server has compacted away, as one does that was offline for long.
# etcd answers with "compacted" and the oldest revision that it still has, so a good guess is an error from which the
# watcher's owner can tell that it must read everything anew, and from where to go on. Seen: the error is "Watcher
# canceled: " with an empty reason and no fields, of the class that all errors share, and the watcher says no more. A plain
# read of the same revision is told in words. The watch of a client that reconnects ends the same way.
#
# Output seen:
#   watch from revision 1: EtcdError "Watcher canceled: ", fields {}
#   a change after that: not told
#   get at revision 1: 11 OUT_OF_RANGE: etcdserver: mvcc: required revision has been compacted
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
apt-get download -qq etcd-server >/dev/null 2>&1
dpkg -x etcd-server_3.4.23*.deb tree
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts etcd3@1.1.2
free() { node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })"; }
url=http://127.0.0.1:$(free)
tree/usr/bin/etcd --data-dir data --listen-client-urls "$url" --advertise-client-urls "$url" \
  --listen-peer-urls "http://127.0.0.1:$(free)" > etcd.log 2>&1 &
server=$!
disown "$server"
cat > try.js <<'JS'
import { setTimeout as sleep } from 'node:timers/promises';
import { Etcd3 } from 'etcd3';

const client = new Etcd3({ hosts: process.argv[2] });
for (;;) {
  const there = await client.put('limit').value('1').then(() => true, () => false);
  if (there) break;
  await sleep(200);
}
for (const limit of ['2', '3', '4']) await client.put('limit').value(limit);
const { header } = await client.get('limit').exec();
await client.kv.compact({ revision: header.revision, physical: true });

const seen = [];
const watcher = await client.watch().key('limit').startRevision('1').create();
watcher.on('put', ({ value }) => seen.push(String(value)));
watcher.on('error', (error) =>
  console.log(`watch from revision 1: ${error.constructor.name} "${error.message}", fields ${JSON.stringify(error)}`),
);
await sleep(1000);
await client.put('limit').value('5');
await sleep(1000);
console.log(`a change after that: ${seen.includes('5') ? 'told' : 'not told'}`);
await client.get('limit').revision(1).exec().catch((error) => console.log(`get at revision 1: ${error.message}`));
process.exit(0);
JS
node try.js "$url" | tee seen.txt
diff seen.txt - <<'SEEN'
watch from revision 1: EtcdError "Watcher canceled: ", fields {}
a change after that: not told
get at revision 1: 11 OUT_OF_RANGE: etcdserver: mvcc: required revision has been compacted
SEEN
