#!/usr/bin/env bash
# cloud-config-client 1.6.2, a client of Spring Cloud Config for Node
#
# billing.yml lists the servers of development, billing-prod.yml that of production. For Spring a list of a more specific profile takes
# the place of the whole list. The page of the client's `toObject()` says so of its default, too, and has an option that merges. A good
# guess: production has the production server and nothing else. Seen: that is so for lists of plain values. A list of objects, which the
# server sends as `servers[0].host`, is merged by index and by field, with `merge: false` as with `merge: true`: production gets the
# second server of development, and its own has `debug: true` from there. `get` merges plain lists, too. And where production says `trial:
# false` over an object of development, `toObject()` has the object, which is true for every `if`, while `get` has false.
#
# Output seen:
#   default, hosts: ["prod-1"]
#   default, servers: [{"host":"prod-1","debug":true},{"host":"dev-2"}]
#   default, trial: {"days":14}
#   merge: false, servers: [{"host":"prod-1","debug":true},{"host":"dev-2"}]
#   merge: true, hosts: ["prod-1","dev-2"]
#   merge: true, servers: [{"host":"prod-1","debug":true},{"host":"dev-2"}]
#   get: hosts[1] "dev-2", servers[1].host "dev-2", trial false
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts cloud-config-client@1.6.2
cat > try.js <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { load } from 'cloud-config-client';

// What Spring's server answers for the two files, the more specific one first.
const production = { 'hosts[0]': 'prod-1', 'servers[0].host': 'prod-1', trial: false };
const common = {
  'hosts[0]': 'dev-1',
  'hosts[1]': 'dev-2',
  'servers[0].host': 'dev-1',
  'servers[0].debug': true,
  'servers[1].host': 'dev-2',
  'trial.days': 14,
};
const propertySources = [
  { name: 'file:/configs/billing-prod.yml', source: production },
  { name: 'file:/configs/billing.yml', source: common },
];
const answer = { name: 'billing', profiles: ['prod'], label: null, version: null, state: null, propertySources };
const server = createServer((request, response) => {
  if (request.url !== '/billing/prod') return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const config = await load({ endpoint: `http://127.0.0.1:${server.address().port}`, name: 'billing', profiles: ['prod'] });
server.close();
const say = (how, object, names) => {
  for (const name of names) console.log(`${how}, ${name}: ${JSON.stringify(object[name])}`);
};
say('default', config.toObject(), ['hosts', 'servers', 'trial']);
say('merge: false', config.toObject({ merge: false }), ['servers']);
say('merge: true', config.toObject({ merge: true }), ['hosts', 'servers']);
const names = ['hosts[1]', 'servers[1].host', 'trial'];
console.log(`get: ${names.map((name) => `${name} ${JSON.stringify(config.get(name))}`).join(', ')}`);
JS
node try.js | tee seen.txt
diff seen.txt - <<'SEEN'
default, hosts: ["prod-1"]
default, servers: [{"host":"prod-1","debug":true},{"host":"dev-2"}]
default, trial: {"days":14}
merge: false, servers: [{"host":"prod-1","debug":true},{"host":"dev-2"}]
merge: true, hosts: ["prod-1","dev-2"]
merge: true, servers: [{"host":"prod-1","debug":true},{"host":"dev-2"}]
get: hosts[1] "dev-2", servers[1].host "dev-2", trial false
SEEN
