#!/usr/bin/env bash
# @growthbook/growthbook 1.8.0
#
# A feature is switched on with the value null ("no limit"). A good guess: the caller gets null. Seen: the caller gets its
# own fallback, though the result says that the feature's default value decided. 0, false and '' are kept. So null cannot
# be told from "not set", and a rule that forces null does nothing.
#
# Output seen:
#   null: "fallback", decided by defaultValue, result null
#   forced null: "fallback", decided by force, result null
#   0: 0
#   false: false
#   empty text: ""
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @growthbook/growthbook@1.8.0 >/dev/null
cat >run.mjs <<'JS'
import { GrowthBook } from '@growthbook/growthbook';

const features = {
  limit: { defaultValue: null },
  forced: { defaultValue: 10, rules: [{ force: null }] },
  zero: { defaultValue: 0 },
  no: { defaultValue: false },
  empty: { defaultValue: '' },
};
const growthbook = new GrowthBook({ attributes: { id: 'acme' } }).initSync({ payload: { features } });
for (const [name, key] of [['null', 'limit'], ['forced null', 'forced']]) {
  const { value, source } = growthbook.evalFeature(key);
  console.log(`${name}: ${JSON.stringify(growthbook.getFeatureValue(key, 'fallback'))}, decided by ${source}, result ${value}`);
}
for (const [name, key, fallback] of [['0', 'zero', 7], ['false', 'no', true], ['empty text', 'empty', 'fallback']])
  console.log(`${name}: ${JSON.stringify(growthbook.getFeatureValue(key, fallback))}`);
JS
node run.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
null: "fallback", decided by defaultValue, result null
forced null: "fallback", decided by force, result null
0: 0
false: false
empty text: ""
SEEN
