#!/usr/bin/env bash
# better-sse 0.16.1, beside hono 4.13.19 with @hono/node-server 2.1.9; read by eventsource 5.1.5
#
# A server pushes changed configs as they are, as YAML, so its `serializer` gives back the text instead of JSON. A good guess: the client
# gets the text, as each line of it becomes a `data` line, or what cannot be sent is refused; new lines have an option of their own
# (`sanitizer`). Seen: each kind of new line becomes LF, and the lines stay without `data`. So the client gets the first line, and takes the
# others for fields of the stream: they are gone, or mean something. `id: 8` of a config is what the client names when it comes back, so a
# server goes on from there, and where it says `event: daily` no listener of `change` hears of it. `push` has no error. With the default
# serializer it is right, since JSON has no new lines; one that makes JSON with indents sends "{".
#
# Output seen (what the listener of `change` got):
#   better-sse, two lines: "seats: 5", came back with 1
#   better-sse, an id: "seats: 5", came back with 8
#   better-sse, an event: nothing, came back with 1
#   better-sse, indented JSON: "{", came back with 1
#   hono, two lines: "seats: 5\nregion: eu", came back with 1
#   hono, an id: "seats: 5\nid: 8", came back with 1
#   hono, an event: "seats: 5\nevent: daily", came back with 1
#   hono, indented JSON: "{\n  \"seats\": 5\n}", came back with 1
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts better-sse@0.16.1 hono@4.13.19 @hono/node-server@2.1.9 eventsource@5.1.5
cat > try.js <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { serve } from '@hono/node-server';
import { createSession } from 'better-sse';
import { EventSource } from 'eventsource';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';

/** Sends one text, ends the stream, and keeps what a client names that comes back. */
const servers = {
  async 'better-sse'(text, back) {
    const server = createServer(async (request, response) => {
      const session = await createSession(request, response, { serializer: String, retry: 50 });
      if (session.lastId !== '') return back(session.lastId);
      session.push(text, 'change', '1');
      setTimeout(() => response.end(), 100);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
  },
  async hono(text, back) {
    const app = new Hono();
    app.get('/', (context) => {
      const lastId = context.req.header('last-event-id');
      if (lastId !== undefined) back(lastId);
      return streamSSE(context, (stream) => stream.writeSSE({ data: text, event: 'change', id: '1', retry: 50 }));
    });
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
    if (!server.listening) await once(server, 'listening');
    return server;
  },
};
const texts = {
  'two lines': 'seats: 5\nregion: eu',
  'an id': 'seats: 5\nid: 8',
  'an event': 'seats: 5\nevent: daily',
  'indented JSON': JSON.stringify({ seats: 5 }, null, 2),
};
for (const [name, start] of Object.entries(servers)) {
  for (const [what, text] of Object.entries(texts)) {
    let back;
    const cameBack = new Promise((resolve) => (back = resolve));
    const server = await start(text, back);
    const client = new EventSource(`http://127.0.0.1:${server.address().port}/`);
    client.onerror = () => undefined;
    let told = 'nothing';
    client.addEventListener('change', ({ data }) => (told = JSON.stringify(data)));
    const id = await cameBack;
    client.close();
    server.close();
    server.closeAllConnections();
    console.log(`${name}, ${what}: ${told}, came back with ${id}`);
  }
}
process.exit(0);
JS
timeout 60 node try.js | tee seen.txt
diff seen.txt - <<'SEEN'
better-sse, two lines: "seats: 5", came back with 1
better-sse, an id: "seats: 5", came back with 8
better-sse, an event: nothing, came back with 1
better-sse, indented JSON: "{", came back with 1
hono, two lines: "seats: 5\nregion: eu", came back with 1
hono, an id: "seats: 5\nid: 8", came back with 1
hono, an event: "seats: 5\nevent: daily", came back with 1
hono, indented JSON: "{\n  \"seats\": 5\n}", came back with 1
SEEN
