#!/usr/bin/env bash
# @openfeature/ofrep-web-provider 0.4.3, @openfeature/web-sdk 1.10.0, eventsource 5.1.5 in the place of the browser's EventSource
#
# A page follows its flags by OFREP's event stream. The stream is lost for a moment (a deploy, a proxy), and a flag changes meanwhile. A good
# guess: when the stream stands again the provider asks for the flags, since nobody can have told it, and is READY again. Seen: it does
# neither. The page keeps the old value until some later change is told, for beside a stream the provider does not poll (here
# `pollInterval` is 1 s), and its status stays STALE, also after that change has come and was applied, until the context changes. So
# a server has to tell every stream that begins anew to fetch again, and a page that waits for READY waits for ever.
#
# Output seen:
#   at the start: limit 1, READY, asked 1 time
#   changed, told: limit 2, READY, asked 2 times
#   changed while the stream was lost, stream stands again: limit 2, STALE, asked 2 times
#   three seconds later: limit 2, STALE, asked 2 times
#   changed again, told: limit 4, STALE, asked 3 times
#   context changed: limit 4, READY, asked 4 times
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @openfeature/ofrep-web-provider@0.4.3 @openfeature/ofrep-core@2.3.0 \
  @openfeature/web-sdk@1.10.0 @openfeature/core@1.12.0 eventsource@5.1.5 >/dev/null
cat >run.mjs <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';
import { OpenFeature } from '@openfeature/web-sdk';
import { EventSource } from 'eventsource';

globalThis.EventSource = EventSource;
let limit = 1;
let asked = 0;
let stream;
let opened = 0;
const server = createServer((request, response) => {
  if (request.url === '/stream') {
    opened++;
    stream = response.writeHead(200, { 'content-type': 'text/event-stream' });
    return void stream.write('retry: 100\n\n');
  }
  asked++;
  response.writeHead(200, { 'content-type': 'application/json', etag: `"${limit}"` });
  const flags = [{ key: 'limit', value: limit, reason: 'STATIC', variant: `v${limit}` }];
  response.end(JSON.stringify({ flags, eventStreams: [{ type: 'sse', url: `${base}/stream` }] }));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const base = `http://127.0.0.1:${server.address().port}`;
const until = async (isSo) => {
  while (!isSo()) await sleep(20);
};

await OpenFeature.setContext({ targetingKey: 'acme' });
await OpenFeature.setProviderAndWait(new OFREPWebProvider({ baseUrl: base, cacheMode: 'disabled', pollInterval: 1_000 }));
const client = OpenFeature.getClient();
const value = () => client.getNumberValue('limit', 0);
const tell = (when) =>
  console.log(`${when}: limit ${value()}, ${client.providerStatus}, asked ${asked} time${asked === 1 ? '' : 's'}`);
const change = async (isTold) => {
  limit++;
  if (!isTold) return;
  stream.write('data: {"type":"refetchEvaluation"}\n\n');
  await until(() => value() === limit);
};

await until(() => opened === 1);
tell('at the start');
await change(true);
tell('changed, told');
stream.destroy();
await change(false);
await until(() => opened === 2);
await sleep(200);
tell('changed while the stream was lost, stream stands again');
await sleep(3_000);
tell('three seconds later');
await change(true);
tell('changed again, told');
await OpenFeature.setContext({ targetingKey: 'acme', plan: 'pro' });
tell('context changed');
process.exit(0);
JS
node run.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
at the start: limit 1, READY, asked 1 time
changed, told: limit 2, READY, asked 2 times
changed while the stream was lost, stream stands again: limit 2, STALE, asked 2 times
three seconds later: limit 2, STALE, asked 2 times
changed again, told: limit 4, STALE, asked 3 times
context changed: limit 4, READY, asked 4 times
SEEN
