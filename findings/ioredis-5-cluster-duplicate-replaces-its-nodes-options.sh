#!/usr/bin/env bash
# ioredis 5.11.1 beside 6.0.0
#
# A library makes a second connection like the application's and gives it a name: `duplicate(…, { redisOptions: { connectionName } })`
# of a Cluster. A good guess: what is not named stays, as with `duplicate({ connectionName })` of a plain connection. Seen: in
# ioredis 5 the given `redisOptions` take the place of the application's, so user, password and TLS are gone; in ioredis 6 they
# are added. Both majors are in use with BullMQ and other libraries that call it.
#
# Output seen (the options that the duplicate has for its nodes):
#   ioredis 5, plain:   connectionName password tls username
#   ioredis 5, Cluster: connectionName
#   ioredis 6, plain:   connectionName password tls username
#   ioredis 6, Cluster: connectionName password tls username
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts ioredis-5@npm:ioredis@5.11.1 ioredis-6@npm:ioredis@6.0.0
cat > try.js <<'JS'
import * as five from 'ioredis-5';
import * as six from 'ioredis-6';

const node = { username: 'app', password: 'secret', tls: {} };
const known = ['connectionName', 'password', 'tls', 'username'];
const given = (options) => known.filter((name) => options[name]).join(' ');
for (const [name, { Redis, Cluster }] of Object.entries({ 5: five, 6: six })) {
  const plain = new Redis({ lazyConnect: true, ...node }).duplicate({ connectionName: 'feed' });
  console.log(`ioredis ${name}, plain:   ${given(plain.options)}`);
  const cluster = new Cluster([{ host: 'redis.example' }], { lazyConnect: true, redisOptions: node });
  const copy = cluster.duplicate([], { lazyConnect: true, redisOptions: { connectionName: 'feed' } });
  console.log(`ioredis ${name}, Cluster: ${given(copy.options.redisOptions)}`);
}
process.exit(0);
JS
node try.js | tee seen.txt
diff seen.txt - <<'SEEN'
ioredis 5, plain:   connectionName password tls username
ioredis 5, Cluster: connectionName
ioredis 6, plain:   connectionName password tls username
ioredis 6, Cluster: connectionName password tls username
SEEN
