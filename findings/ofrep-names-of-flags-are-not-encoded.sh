#!/usr/bin/env bash
# @openfeature/ofrep-provider 0.1.3, @openfeature/server-sdk 1.23.0
#
# OFREP has the name of the flag as the last part of the path: /ofrep/v1/evaluate/flags/{key}. Names with a slash or a
# question mark are allowed, and in use where names are grouped. A good guess: the provider writes the name as one part
# of a path, percent-encoded, so that the server gets the name that was asked for. Seen: it puts the name there as it is.
# A slash makes one part more, and what stands behind a question mark is no part of the path at all: the server is asked
# for another flag, answers it, and the caller gets the value of a flag that it did not name.
#
# Output seen:
#   app/amount asks for /ofrep/v1/evaluate/flags/app/amount
#   limit?v2 asks for /ofrep/v1/evaluate/flags/limit?v2
#   limit?v2 is answered with 100, the value of limit
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts @openfeature/ofrep-provider@0.1.3 @openfeature/ofrep-core@0.1.4 @openfeature/server-sdk@1.23.0
cat > try.js <<'JS'
import { createServer } from 'node:http';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';

let asked = '';
const flags = { limit: 100, 'limit?v2': 200, 'app/amount': 5 };
const server = createServer((request, response) => {
  asked = request.url;
  const key = decodeURIComponent(new URL(asked, 'http://here').pathname.replace('/ofrep/v1/evaluate/flags/', ''));
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ key, value: flags[key], reason: 'STATIC', variant: 'v1' }));
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: `http://127.0.0.1:${server.address().port}` }));
const client = OpenFeature.getClient();
let value = await client.getNumberValue('app/amount', 1, { targetingKey: 'acme' });
console.log(`app/amount asks for ${asked}`);
value = await client.getNumberValue('limit?v2', 1, { targetingKey: 'acme' });
console.log(`limit?v2 asks for ${asked}`);
console.log(`limit?v2 is answered with ${value}, the value of limit`);
await OpenFeature.close();
server.close();
server.closeAllConnections();
JS
node try.js | tee seen.txt
diff seen.txt - <<'SEEN'
app/amount asks for /ofrep/v1/evaluate/flags/app/amount
limit?v2 asks for /ofrep/v1/evaluate/flags/limit?v2
limit?v2 is answered with 100, the value of limit
SEEN
