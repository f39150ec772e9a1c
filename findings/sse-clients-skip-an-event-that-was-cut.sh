#!/usr/bin/env bash
# eventsource 2.0.2, @microsoft/fetch-event-source 2.0.1; beside eventsource 5.1.5, eventsource-client 1.2.0,
# launchdarkly-eventsource 2.2.0 and undici 8.13.1
#
# A server tells changes as server-sent events with ids, and a connection is lost in the middle of event 2: its id has arrived,
# its data has not. A good guess: the client drops the half event, comes back with `Last-Event-ID: 1`, and is told event 2 again, as
# the HTML standard says: the last id changes when an event is complete. Seen: two clients take the id as soon as its line is there. They
# come back with 2, so a server that goes on from there tells 3: event 2 never reaches the handler, with no error. The others get it.
# Most servers write the id first. Where the server writes it behind the data, all six are told everything. eventsource 2.0.2 keeps the
# lines of the event that was cut, and hands them out as an event of their own at the first empty line of the next connection.
#
# Output seen:
#   id first, eventsource 2.0.2: came back with 2, was told 1 3
#   id first, @microsoft/fetch-event-source: came back with 2, was told 1 3
#   id first, eventsource 5.1.5: came back with 1, was told 1 2 3
#   id first, eventsource-client: came back with 1, was told 1 2 3
#   id first, launchdarkly-eventsource: came back with 1, was told 1 2 3
#   id first, undici: came back with 1, was told 1 2 3
#   id last, each of the six: came back with 1, was told 1 2 3
#   id last, cut behind the data, eventsource 2.0.2: came back with 1, was told 1 2 2 3
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts eventsource@5.1.5 eventsource2@npm:eventsource@2.0.2 eventsource-client@1.2.0 \
  launchdarkly-eventsource@2.2.0 undici@8.13.1 @microsoft/fetch-event-source@2.0.1 >/dev/null
cat >run.mjs <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fetchEventSource } from '@microsoft/fetch-event-source';
import { EventSource } from 'eventsource';
import { createEventSource } from 'eventsource-client';
import EventSource2 from 'eventsource2';
import launchdarkly from 'launchdarkly-eventsource';
import { EventSource as UndiciEventSource } from 'undici';

// fetch-event-source looks for both when it starts and ends.
globalThis.window = globalThis;
globalThis.document = { removeEventListener() {} };
const onmessage = (stream, told) => {
  stream.onerror = () => undefined;
  stream.onmessage = (event) => told(event.data);
  return () => stream.close();
};
const clients = {
  'eventsource 2.0.2': (url, told) => onmessage(new EventSource2(url), told),
  '@microsoft/fetch-event-source': (url, told) => {
    const ending = new AbortController();
    // It also calls the handler for what is no event (`retry`), with empty data.
    const handler = (event) => event.data !== '' && told(event.data);
    fetchEventSource(url, { signal: ending.signal, openWhenHidden: true, onmessage: handler });
    return () => ending.abort();
  },
  'eventsource 5.1.5': (url, told) => onmessage(new EventSource(url), told),
  'eventsource-client': (url, told) => {
    const stream = createEventSource({ url, onMessage: (event) => told(event.data) });
    return () => stream.close();
  },
  'launchdarkly-eventsource': (url, told) => onmessage(new launchdarkly.EventSource(url, { readTimeoutMillis: 10_000 }), told),
  undici: (url, told) => onmessage(new UndiciEventSource(url), told),
};

// `cut` is what arrives of event 2 at first.
async function tell(open, textOf, cut) {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.headers['last-event-id']);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('retry: 20\n\n');
    for (let n = 1 + Number(asked.at(-1) ?? 0); n <= 3; n++) {
      if (asked.length > 1 || n !== 2) response.write(textOf(n));
      else return void response.write(cut, () => setTimeout(() => request.socket.destroy(), 100));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const told = [];
  let close;
  await new Promise((resolve) => {
    close = open(`http://127.0.0.1:${server.address().port}/`, (data) => told.push(data.replaceAll('value ', '')) && data === 'value 3' && resolve());
  });
  close();
  server.close();
  server.closeAllConnections();
  return `came back with ${asked[1]}, was told ${told.join(' ')}`;
}

const idFirst = (n) => `id: ${n}\ndata: value ${n}\n\n`;
const idLast = (n) => `data: value ${n}\nid: ${n}\n\n`;
for (const [name, open] of Object.entries(clients)) console.log(`id first, ${name}: ${await tell(open, idFirst, 'id: 2\ndata: val')}`);
const last = new Set();
for (const open of Object.values(clients)) last.add(await tell(open, idLast, 'data: val'));
console.log(`id last, each of the six: ${[...last].join(' or ')}`);
console.log(`id last, cut behind the data, eventsource 2.0.2: ${await tell(clients['eventsource 2.0.2'], idLast, 'data: value 2\n')}`);
process.exit(0);
JS
node --no-warnings run.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
id first, eventsource 2.0.2: came back with 2, was told 1 3
id first, @microsoft/fetch-event-source: came back with 2, was told 1 3
id first, eventsource 5.1.5: came back with 1, was told 1 2 3
id first, eventsource-client: came back with 1, was told 1 2 3
id first, launchdarkly-eventsource: came back with 1, was told 1 2 3
id first, undici: came back with 1, was told 1 2 3
id last, each of the six: came back with 1, was told 1 2 3
id last, cut behind the data, eventsource 2.0.2: came back with 1, was told 1 2 2 3
SEEN
