#!/usr/bin/env bash
# ctrip-apollo 4.5.1, a client of Apollo for Node
#
# A service reads the namespace `application`, and a moment later another one, `limits`, and follows both (`on('change')`). Apollo's clients ask
# which notification is new and wait for the answer, for up to a minute. A good guess: what is published after `ready()` resolved is told,
# late perhaps. Seen: a question that waits already does not name `limits`. The next one does, with the notification 0, so the server answers
# at once with the number of today; the client notes the number and does not fetch, since it takes the first one that it hears for what it
# has read. So what was published in between, within the first minute, is never told and never read: the service keeps the old value,
# until somebody publishes that namespace once more. The client's regular fetch (`enableFetch`), which would find it, is off by default.
# The namespace that was opened first has the gap of a moment only. No public thread found.
#
# Output seen (the server lets a question wait for 1.5 s instead of a minute):
#   both open: application 1, limits 1
#   limits 2 was published, and asked for with its number: limits 1, told nothing
#   application 2 was published: application 2, told 1 -> 2
#   limits 3 was published: limits 3, told 1 -> 3
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts ctrip-apollo@4.5.1
cat > try.js <<'JS'
const { createServer } = require('node:http');
const { setTimeout: sleep } = require('node:timers/promises');
const apollo = require('ctrip-apollo');

/** Apollo's two answers to a client: a namespace's values, and which of the asked notifications are new (held until one is, else 304). */
const namespaces = { application: { id: 1, value: '1' }, limits: { id: 1, value: '1' } };
const held = new Set();
const asked = [];
const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (!pathname.startsWith('/notifications')) {
    const namespaceName = pathname.split('/').at(-1);
    const { id, value } = namespaces[namespaceName];
    response.end(JSON.stringify({ appId: 'shop', cluster: 'default', namespaceName, configurations: { value }, releaseKey: `release-${id}` }));
    return;
  }
  const question = JSON.parse(searchParams.get('notifications'));
  asked.push(question);
  const answer = () => {
    const fresh = question.filter(({ namespaceName, notificationId }) => namespaces[namespaceName].id !== notificationId);
    if (fresh.length === 0) return;
    clearTimeout(timer);
    held.delete(answer);
    response.end(JSON.stringify(fresh.map(({ namespaceName }) => ({ namespaceName, notificationId: namespaces[namespaceName].id }))));
  };
  const timer = setTimeout(() => {
    held.delete(answer);
    response.writeHead(304).end();
  }, 1500);
  held.add(answer);
  answer();
});
function publish(name, value) {
  namespaces[name] = { id: namespaces[name].id + 1, value };
  for (const answer of [...held]) answer();
}
async function until(happened) {
  for (let i = 0; i < 200 && !happened(); i++) await sleep(50);
  if (!happened()) throw new Error(`waited in vain for ${happened}`);
}
const knows = (name, id) => () =>
  asked.at(-1).some(({ namespaceName, notificationId }) => namespaceName === name && notificationId === id);

server.listen(0, '127.0.0.1', async () => {
  const cluster = apollo({ host: `http://127.0.0.1:${server.address().port}`, appId: 'shop' }).cluster();
  const told = { application: [], limits: [] };
  async function open(name) {
    const namespace = await cluster.namespace(name).ready();
    namespace.on('change', ({ oldValue, newValue }) => told[name].push(`${oldValue} -> ${newValue}`));
    return namespace;
  }
  const application = await open('application');
  await until(knows('application', 1));
  const limits = await open('limits');
  console.log(`both open: application ${application.get('value')}, limits ${limits.get('value')}`);

  publish('limits', '2');
  await until(knows('limits', 2));
  await sleep(500);
  console.log(`limits 2 was published, and asked for with its number: limits ${limits.get('value')}, told ${told.limits.join(', ') || 'nothing'}`);
  publish('application', '2');
  await until(() => told.application.length > 0);
  console.log(`application 2 was published: application ${application.get('value')}, told ${told.application.join(', ')}`);
  publish('limits', '3');
  await until(() => told.limits.length > 0);
  console.log(`limits 3 was published: limits ${limits.get('value')}, told ${told.limits.join(', ')}`);
  process.exit(0);
});
JS
node try.js | tee seen.txt
diff seen.txt - <<'SEEN'
both open: application 1, limits 1
limits 2 was published, and asked for with its number: limits 1, told nothing
application 2 was published: application 2, told 1 -> 2
limits 3 was published: limits 3, told 1 -> 3
SEEN
