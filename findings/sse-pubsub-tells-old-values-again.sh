#!/usr/bin/env bash
# sse-pubsub 1.4.5, read by eventsource 5.1.5
#
# One channel tells the changes of all tenants, each under the tenant's name, and a page of acme subscribes to that name alone
# (`subscribe(request, response, ['acme'])`). The server ends each stream after 30 s by itself (`maxStreamDuration`), and the client
# comes back with `Last-Event-ID`. A good guess: it is told what it has missed. Seen: the server counts how many events of all tenants
# there were since that id, and tells so many of acme's last ones. So where other tenants were busy, acme's page is told its old values
# again, oldest first, after it had the newest: the limit jumps back to 1, and what reacts to a change reacts again, every 30 s. And after
# a restart the server numbers from 1, while the clients come back with a higher id: then as many of the new events are left out as
# the server is behind, so changes are lost without an error, until it has caught up. That happens to a subscriber of everything, too.
# (With the option `startId` it begins elsewhere.) No public thread found; the package's page says neither.
#
# Output seen (value@id, | where a stream ended):
#   acme: 1@1 2@2 3@3 | 1@1 2@2 3@3 4@7
#   all tenants: acme 1@1 acme 2@2 acme 3@3 | globex 1@4 globex 2@5 globex 3@6 acme 4@7
#   acme, the server restarted, changes 5 and 6 meanwhile: | nothing
#   a new page of acme, then change 7: 7@3
#   the page that came back, after change 7: | 7@3
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts sse-pubsub@1.4.5 eventsource@5.1.5
cat > try.js <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventSource } from 'eventsource';
import SSEChannel from 'sse-pubsub';

// The server's own 30 s are 1 s here, and a client comes back after 0.4 s.
const options = { pingInterval: 0, maxStreamDuration: 1000, clientRetryInterval: 400 };
const channels = { now: new SSEChannel(options) };
const server = createServer((request, response) => {
  channels.now.subscribe(request, response, request.url === '/acme' ? ['acme'] : undefined);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

const ended = { '/acme': 0, '/all': 0 };
function follow(path) {
  const seen = [];
  const source = new EventSource(`http://127.0.0.1:${server.address().port}${path}`);
  for (const tenant of ['acme', 'globex']) {
    source.addEventListener(tenant, ({ data, lastEventId }) => seen.push(`${path === '/all' ? `${tenant} ` : ''}${data}@${lastEventId}`));
  }
  source.onerror = () => seen.push('|') && ended[path]++;
  return { seen, source };
}
async function until(happened) {
  for (let i = 0; i < 100 && !happened(); i++) await sleep(50);
  if (!happened()) throw new Error(`waited in vain for ${happened}`);
}
const acme = follow('/acme');
const all = follow('/all');
await until(() => channels.now.getSubscriberCount() === 2);
for (const value of ['1', '2', '3']) channels.now.publish(value, 'acme');
await until(() => ended['/acme'] === 1 && ended['/all'] === 1);
for (const value of ['1', '2', '3']) channels.now.publish(value, 'globex');
channels.now.publish('4', 'acme');
await until(() => acme.seen.at(-1) === '4@7' && all.seen.at(-1) === 'acme 4@7');
console.log(`acme: ${acme.seen.join(' ')}`);
console.log(`all tenants: ${all.seen.join(' ')}`);

all.source.close();
acme.seen.length = 0;
channels.now.close();
await until(() => acme.seen.includes('|'));
channels.now = new SSEChannel({ ...options, maxStreamDuration: 30_000 });
for (const value of ['5', '6']) channels.now.publish(value, 'acme');
await until(() => channels.now.getSubscriberCount() === 1);
await sleep(200);
console.log(`acme, the server restarted, changes 5 and 6 meanwhile: ${acme.seen.join(' ')} ${acme.seen.length === 1 ? 'nothing' : ''}`.trim());
const fresh = follow('/acme');
await until(() => channels.now.getSubscriberCount() === 2);
channels.now.publish('7', 'acme');
await until(() => fresh.seen.length > 0);
console.log(`a new page of acme, then change 7: ${fresh.seen.join(' ')}`);
console.log(`the page that came back, after change 7: ${acme.seen.join(' ')}`);
process.exit(0);
JS
node try.js | tee seen.txt
diff seen.txt - <<'SEEN'
acme: 1@1 2@2 3@3 | 1@1 2@2 3@3 4@7
all tenants: acme 1@1 acme 2@2 acme 3@3 | globex 1@4 globex 2@5 globex 3@6 acme 4@7
acme, the server restarted, changes 5 and 6 meanwhile: | nothing
a new page of acme, then change 7: 7@3
the page that came back, after change 7: | 7@3
SEEN
