#!/usr/bin/env bash
# @openfeature/ofrep-web-provider 0.4.3, @openfeature/web-sdk 1.10.0, eventsource 5.1.5
#
# A page gets flags over OFREP and follows the event stream that the server names. The stream is cut once, by a proxy's restart,
# and the EventSource connects again. A good guess: the provider says PROVIDER_STALE while there is no stream, and PROVIDER_READY
# when there is one again. Seen: it says PROVIDER_STALE at the cut and nothing when the stream is back. A change then arrives, is
# evaluated and told (PROVIDER_CONFIGURATION_CHANGED), and the status is STALE still. Only a change of the context ends it.
#
# A page that shows "these settings may be old" while the status is STALE shows it until somebody signs out.
#
# Output seen:
#   at the start: READY, limit 1
#   the stream is cut: STALE
#   the stream is back (connections: 2): STALE, limit 1
#   a change arrives over it: STALE, limit 2
#   the context changes: READY, limit 2
#   events: CONTEXT_CHANGED, READY, STALE, CONFIGURATION_CHANGED, RECONCILING, CONTEXT_CHANGED
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts @openfeature/ofrep-web-provider@0.4.3 @openfeature/ofrep-core@0.1.4 @openfeature/web-sdk@1.10.0 @openfeature/core@1.12.0 eventsource@5.1.5
cat > try.js <<'JS'
import { createServer } from 'node:http';
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';
import { ClientProviderEvents, OpenFeature } from '@openfeature/web-sdk';
import { EventSource } from 'eventsource';

globalThis.EventSource = EventSource; // a browser has it
let limit = 1;
let connections = 0;
let stream;
const server = createServer((request, response) => {
  if (request.url === '/events') {
    connections++;
    stream = response;
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('retry: 50\n\n');
    return;
  }
  request.resume();
  const flag = { key: 'limit', value: limit, reason: 'STATIC', variant: 'v1' };
  const eventStreams = [{ type: 'sse', url: `${baseUrl}/events` }];
  response.writeHead(200, { 'Content-Type': 'application/json', ETag: `"${limit}"` });
  response.end(JSON.stringify({ flags: [flag], eventStreams }));
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const baseUrl = `http://127.0.0.1:${server.address().port}`;

/** Until it is so, and for a second more: what would follow has followed. */
async function until(holds) {
  for (let i = 0; i < 500 && !holds(); i++) await new Promise((go) => setTimeout(go, 10));
  await new Promise((go) => setTimeout(go, 1_000));
}
const events = [];
for (const event of Object.values(ClientProviderEvents)) OpenFeature.addHandler(event, () => events.push(event.replace('PROVIDER_', '')));
await OpenFeature.setContext({ targetingKey: 'acme' });
await OpenFeature.setProviderAndWait(new OFREPWebProvider({ baseUrl, pollInterval: 0, cacheMode: 'disabled' }));
const client = OpenFeature.getClient();
const now = () => `${client.providerStatus}, limit ${client.getNumberValue('limit', 0)}`;
await until(() => stream);
console.log(`at the start: ${now()}`);
stream.destroy();
await until(() => client.providerStatus === 'STALE' && connections === 2);
console.log('the stream is cut:', events.includes('STALE') ? 'STALE' : client.providerStatus);
console.log(`the stream is back (connections: ${connections}): ${now()}`);
limit = 2;
stream.write('data: {"type":"refetchEvaluation"}\n\n');
await until(() => client.getNumberValue('limit', 0) === 2);
console.log(`a change arrives over it: ${now()}`);
await OpenFeature.setContext({ targetingKey: 'acme', plan: 'gold' });
console.log(`the context changes: ${now()}`);
console.log(`events: ${events.join(', ')}`);
await OpenFeature.close();
server.close();
server.closeAllConnections();
process.exit();
JS
node try.js | tee seen.txt
diff seen.txt - <<'SEEN'
at the start: READY, limit 1
the stream is cut: STALE
the stream is back (connections: 2): STALE, limit 1
a change arrives over it: STALE, limit 2
the context changes: READY, limit 2
events: CONTEXT_CHANGED, READY, STALE, CONFIGURATION_CHANGED, RECONCILING, CONTEXT_CHANGED
SEEN
