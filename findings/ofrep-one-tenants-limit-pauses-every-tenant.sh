#!/usr/bin/env bash
# @openfeature/ofrep-provider 0.1.3, @openfeature/server-sdk 1.23.0
#
# A server evaluates flags for many tenants over OFREP, with the tenant as the targeting key. The OFREP server limits each
# tenant by itself, and answers one of them with 429 and Retry-After, as the protocol says. A good guess: that tenant waits,
# the others go on. Seen: the provider keeps one time for all. Until then it asks nothing for anybody, so every tenant of
# the process gets the caller's default, an hour long if the limited tenant was told an hour.
#
# Output seen:
#   globex: 100, STATIC
#   acme: 1, ERROR
#   globex: 1, ERROR
#   initech: 1, ERROR
#   requests that the server saw: {"globex":1,"acme":1}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts @openfeature/ofrep-provider@0.1.3 @openfeature/ofrep-core@0.1.4 @openfeature/server-sdk@1.23.0
cat > try.js <<'JS'
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';

const seen = {};
const server = createServer(async (request, response) => {
  const { context } = await json(request);
  const tenant = context.targetingKey;
  seen[tenant] = (seen[tenant] ?? 0) + 1;
  if (tenant === 'acme') return response.writeHead(429, { 'Retry-After': '3600' }).end();
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ key: 'limit', value: 100, reason: 'STATIC', variant: 'v1' }));
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const baseUrl = `http://127.0.0.1:${server.address().port}`;
await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl }));
const client = OpenFeature.getClient();
for (const targetingKey of ['globex', 'acme', 'globex', 'initech']) {
  const { value, reason } = await client.getNumberDetails('limit', 1, { targetingKey });
  console.log(`${targetingKey}: ${value}, ${reason}`);
}
console.log(`requests that the server saw: ${JSON.stringify(seen)}`);
await OpenFeature.close();
server.close();
server.closeAllConnections();
JS
node try.js | tee seen.txt
diff seen.txt - <<'SEEN'
globex: 100, STATIC
acme: 1, ERROR
globex: 1, ERROR
initech: 1, ERROR
requests that the server saw: {"globex":1,"acme":1}
SEEN
