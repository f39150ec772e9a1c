#!/usr/bin/env bash
# unleash-client 6.12.1
#
# The client keeps the last flags in a file and starts from it when its server does not answer. A good guess: the file is of
# this server and this environment (the URL and the token). Seen: its name has the application's name only, in the folder
# for temporary files, and its text says nothing of where it came from. So a client of the development server, started
# while that one is away, is ready with the flags of production where both ran on one machine: a flag that is on in
# production only is on, and one that is on in development only is off. No warning, and `ready` as always.
#
# Output seen:
#   production: billing-v2 true, trial false
#   development, its server away: billing-v2 true, trial false; events: ready
#   the file: unleash-backup-billing.json
#   development, its server there: billing-v2 false, trial true
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts unleash-client@6.12.1
cat > try.js <<'JS'
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Unleash } from 'unleash-client';

/** What the client asks its server: GET /api/client/features. */
async function serve(name, port = 0) {
  const feature = { name, enabled: true, strategies: [{ name: 'default', parameters: {} }], variants: [] };
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ version: 1, features: [feature] }));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
const start = (port, environment) => {
  const client = new Unleash({
    appName: 'billing',
    url: `http://127.0.0.1:${port}/api/`,
    environment,
    customHeaders: { Authorization: `token-of-${environment}` },
    disableMetrics: true,
    refreshInterval: 500,
  });
  client.on('error', () => undefined);
  return client;
};
const tell = (client) => `billing-v2 ${client.isEnabled('billing-v2')}, trial ${client.isEnabled('trial')}`;

const production = start((await serve('billing-v2')).address().port, 'production');
await once(production, 'synchronized');
console.log(`production: ${tell(production)}`);
production.destroy();

const away = await serve('trial');
const { port } = away.address();
away.close();
await sleep(100);
const development = start(port, 'development');
const events = [];
for (const event of ['ready', 'synchronized', 'warn']) development.on(event, () => events.push(event));
await sleep(1500);
console.log(`development, its server away: ${tell(development)}; events: ${events.join(', ')}`);
console.log(`the file: ${readdirSync(process.env.TMPDIR).join(', ')}`);
await serve('trial', port);
await once(development, 'synchronized');
console.log(`development, its server there: ${tell(development)}`);
process.exit(0);
JS
mkdir tmp
TMPDIR="$folder/tmp" node try.js | tee seen.txt
diff seen.txt - <<'SEEN'
production: billing-v2 true, trial false
development, its server away: billing-v2 true, trial false; events: ready
the file: unleash-backup-billing.json
development, its server there: billing-v2 false, trial true
SEEN
