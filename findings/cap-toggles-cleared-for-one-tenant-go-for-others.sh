#!/usr/bin/env bash
# @cap-js-community/feature-toggle-library 1.3.4 (SAP's toggles for CAP), over Redis 7.0 and without Redis
#
# A toggle has a value for all, values of tenants and values of a tenant's users (`{ tenant, user }`). To take away what a tenant and its users
# have, there is `changeFeatureValue(key, null, { tenant: 't1' }, { clearSubScopes: true })`. A good guess: it takes the values of t1 and of
# users of t1. Seen: it takes every value whose scope has "tenant::t1" anywhere in its text, so t10, t11 and their users lose theirs too, in Redis
# and in every process. The change handlers of other processes hear of one change, that of t1. The same with a new value in the place of
# null: t1 gets it, and t10 falls back to the value for all. It happens between users (`user::ann` and `user::anna`), and never
# between tenants whose ids have the same length, so tests with t1 and t2 pass, and so do those with UUIDs.
# No public thread found.
#
# Output seen:
#   without Redis, before: t1 500, t10 600, t10/ann 700, t2 800
#   without Redis, t1 cleared: t1 10, t10 10, t10/ann 10, t2 800; told: t1 500 -> 10
#   over Redis, before: t1 500, t10 600, t10/ann 700, t2 800
#   over Redis, t1 cleared: t1 10, t10 10, t10/ann 10, t2 800; told: t1 500 -> 10
#   in Redis: {"tenant::t2":800}
set -euo pipefail
folder=$(mktemp -d)
redis=
finish() {
  [ -z "$redis" ] || kill "$redis" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts @cap-js-community/feature-toggle-library@1.3.4
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no > /dev/null &
redis=$!
disown "$redis"
until redis-cli -h 127.0.0.1 -p "$port" ping > /dev/null 2>&1; do sleep 0.1; done
cat > try.cjs <<'JS'
const toggles = require('@cap-js-community/feature-toggle-library');
const [way, port] = process.argv.slice(2);
const key = '/limit';
const scopes = { t1: { tenant: 't1' }, t10: { tenant: 't10' }, 't10/ann': { tenant: 't10', user: 'ann' }, t2: { tenant: 't2' } };
const show = () => Object.entries(scopes).map(([name, scope]) => `${name} ${toggles.getFeatureValue(key, scope)}`).join(', ');

(async () => {
  const client = { socket: { host: '127.0.0.1', port: Number(port) } };
  await toggles.initializeFeatures({
    config: { [key]: { type: 'number', fallbackValue: 10 } },
    ...(port && { customRedisCredentials: { hostname: '127.0.0.1', port: Number(port) }, customRedisClientOptions: client }),
  });
  const settled = () => new Promise((resolve) => setTimeout(resolve, 300));
  let value = 500;
  for (const scope of Object.values(scopes)) {
    await toggles.changeFeatureValue(key, value, scope);
    value += 100;
  }
  await settled();
  console.log(`${way}, before: ${show()}`);
  const told = [];
  toggles.registerFeatureValueChangeHandler(key, (now, before, scope) => told.push(`${scope.tenant} ${before} -> ${now}`));
  await toggles.changeFeatureValue(key, null, scopes.t1, { clearSubScopes: true });
  await settled();
  console.log(`${way}, t1 cleared: ${show()}; told: ${told.join(', ')}`);
  process.exit(0);
})();
JS
export BTP_FEATURES_UNIQUE_NAME=shop
{
  node try.cjs 'without Redis' 2> errors.txt
  node try.cjs 'over Redis' "$port" 2>> errors.txt
} | grep -v '^[0-9:. ]*|' | tee seen.txt
echo "in Redis: $(redis-cli -h 127.0.0.1 -p "$port" hget features-shop /limit)" | tee -a seen.txt
diff seen.txt - <<'SEEN'
without Redis, before: t1 500, t10 600, t10/ann 700, t2 800
without Redis, t1 cleared: t1 10, t10 10, t10/ann 10, t2 800; told: t1 500 -> 10
over Redis, before: t1 500, t10 600, t10/ann 700, t2 800
over Redis, t1 cleared: t1 10, t10 10, t10/ann 10, t2 800; told: t1 500 -> 10
in Redis: {"tenant::t2":800}
SEEN
