#!/usr/bin/env bash
# @openfeature/config-cat-provider 0.7.2 (its @openfeature/config-cat-core 0.1.0), @openfeature/server-sdk 1.23.0, configcat-node 11.4.1
#
# A flag is on for tenants that have no seats (`seats = 0`), or fewer than five. The tenant's seats are in the evaluation context. A good
# guess: the provider hands the context on to ConfigCat's client, which knows numbers. Seen: it leaves out each number that is 0. ConfigCat
# then takes the attribute for missing and skips every rule that asks for it, so a tenant with 0 seats gets the flag's default, off,
# where 1 seat has it on, and where the client itself, with the same 0, says on. The evaluation has no error, and its reason is STATIC,
# as of a flag without rules. The client warns on its console that `seats` is missing, though the context has it, and a logger for
# errors is silent. `false` gets through, as the text "false". The web provider is built on the same core. No public thread found.
#
# Output seen:
#   0 seats, the client itself: few true, none true
#   0 seats, the provider: few false STATIC, none false STATIC
#   1 seats, the client itself: few true, none false
#   1 seats, the provider: few true TARGETING_MATCH, none false STATIC
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts @openfeature/server-sdk@1.23.0 @openfeature/config-cat-provider@0.7.2 configcat-node@11.4.1
cat > try.js <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { ConfigCatProvider } from '@openfeature/config-cat-provider';
import { OpenFeature } from '@openfeature/server-sdk';
import { createConsoleLogger, getClient, LogLevel, PollingMode, UserComparator } from 'configcat-node';

/** A flag of ConfigCat's config.json v6 that is on by one rule about `seats`, and off else. */
const flag = (comparator, value) => ({
  t: 0,
  v: { b: false },
  r: [{ c: [{ u: { a: 'seats', c: comparator, d: value } }], s: { v: { b: true } } }],
});
const config = {
  p: { u: '', r: 0, s: 'salt' },
  f: {
    few: flag(UserComparator.NumberLess, 5),
    none: flag(UserComparator.NumberEquals, 0),
  },
};
const server = createServer((_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(config));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const key = `configcat-sdk-1/${'0'.repeat(22)}/${'0'.repeat(22)}`;
const options = { baseUrl: `http://127.0.0.1:${server.address().port}`, logger: createConsoleLogger(LogLevel.Error) };

const client = getClient(key, PollingMode.ManualPoll, options);
await client.forceRefreshAsync();
const itself = (name, custom) => client.getValueAsync(name, null, { identifier: 'acme', custom });
const own = {
  seats0: `few ${await itself('few', { seats: 0 })}, none ${await itself('none', { seats: 0 })}`,
  seats1: `few ${await itself('few', { seats: 1 })}, none ${await itself('none', { seats: 1 })}`,
};
client.dispose();

await OpenFeature.setProviderAndWait(ConfigCatProvider.create(key, PollingMode.AutoPoll, options));
const flags = OpenFeature.getClient();
async function provided(name, context) {
  const { value, reason, errorCode } = await flags.getBooleanDetails(name, false, context);
  return [name, value, reason, errorCode].filter((part) => part !== undefined).join(' ');
}
for (const seats of [0, 1]) {
  const context = { targetingKey: 'acme', seats };
  console.log(`${seats} seats, the client itself: ${own[`seats${seats}`]}`);
  console.log(`${seats} seats, the provider: ${await provided('few', context)}, ${await provided('none', context)}`);
}
process.exit(0);
JS
node try.js | tee seen.txt
diff seen.txt - <<'SEEN'
0 seats, the client itself: few true, none true
0 seats, the provider: few false STATIC, none false STATIC
1 seats, the client itself: few true, none false
1 seats, the provider: few true TARGETING_MATCH, none false STATIC
SEEN
