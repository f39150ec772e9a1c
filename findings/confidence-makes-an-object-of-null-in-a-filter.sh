#!/usr/bin/env bash
# confidence 5.0.1 (configuration by criteria, of the hapi world)
#
# A limit depends on the tenant's plan: `{ $filter: 'plan', gold: null, $default: 5 }`, where null stands for "no limit", and the code
# asks `limit === null || used < limit`. A good guess: null for gold, as a null that stands without a filter is null. Seen: gold has
# `{}`, an empty object, and so has everybody else where `$default` is null. The store takes both without an error. `{}` is not null, and
# no number is below it, so the tenants without a limit are refused from the first one on. With `$param` a `$default` of null is
# undefined. 0 and false are kept. Written as `{ $value: null }`, null is null in a filter, too. No public thread found.
#
# Output seen:
#   without a filter: null, allowed: true
#   inside an object of a filter: {"limit":null}
#   in a filter, gold: {}, allowed: false
#   in a filter, gold as $value: null, allowed: true
#   in a filter, default: {}, allowed: false
#   in a filter, gold is 0: 0
#   in a filter, gold is false: false
#   of a parameter, default: undefined
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts confidence@5.0.1
cat > try.js <<'JS'
import { Store } from 'confidence';

const store = new Store({
  plain: null,
  inside: { $filter: 'plan', gold: { limit: null }, $default: { limit: 5 } },
  gold: { $filter: 'plan', gold: null, $default: 5 },
  asValue: { $filter: 'plan', gold: { $value: null }, $default: 5 },
  default: { $filter: 'plan', free: 5, $default: null },
  zero: { $filter: 'plan', gold: 0, $default: 5 },
  off: { $filter: 'plan', gold: false, $default: true },
  parameter: { $param: 'limit', $default: null },
});
const get = (name) => store.get(`/${name}`, { plan: 'gold' });
const show = (name) => `${JSON.stringify(get(name))}`;
const used = 0;
const tried = (name) => `${show(name)}, allowed: ${get(name) === null || used < get(name)}`;
console.log(`without a filter: ${tried('plain')}`);
console.log(`inside an object of a filter: ${show('inside')}`);
console.log(`in a filter, gold: ${tried('gold')}`);
console.log(`in a filter, gold as $value: ${tried('asValue')}`);
console.log(`in a filter, default: ${tried('default')}`);
console.log(`in a filter, gold is 0: ${show('zero')}`);
console.log(`in a filter, gold is false: ${show('off')}`);
console.log(`of a parameter, default: ${show('parameter')}`);
JS
node try.js | tee seen.txt
diff seen.txt - <<'SEEN'
without a filter: null, allowed: true
inside an object of a filter: {"limit":null}
in a filter, gold: {}, allowed: false
in a filter, gold as $value: null, allowed: true
in a filter, default: {}, allowed: false
in a filter, gold is 0: 0
in a filter, gold is false: false
of a parameter, default: undefined
SEEN
