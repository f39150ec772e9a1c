#!/usr/bin/env bash
# @openfeature/server-sdk 1.23.0 (its InMemoryProvider), @growthbook/growthbook 1.8.0
#
# A handler reads a flag whose value is an object, and changes its copy. A good guess: it is a copy, or it is frozen.
# Seen: both hand out the object that they keep. The change is what every later evaluation of the process gets, for every
# user and tenant, with no update of the flag.
#
# Output seen:
#   OpenFeature, the next evaluation: {"seats":999,"tags":["a","x"]}
#   GrowthBook, the next evaluation: {"seats":999,"tags":["a","x"]}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @openfeature/server-sdk@1.23.0 @openfeature/core@1.12.0 \
  @growthbook/growthbook@1.8.0 >/dev/null
cat >run.mjs <<'JS'
import { GrowthBook } from '@growthbook/growthbook';
import { InMemoryProvider, OpenFeature } from '@openfeature/server-sdk';

function change(value) {
  value.seats = 999;
  value.tags.push('x');
}

const plan = { variants: { standard: { seats: 5, tags: ['a'] } }, defaultVariant: 'standard', disabled: false };
await OpenFeature.setProviderAndWait(new InMemoryProvider({ plan }));
const client = OpenFeature.getClient();
change(await client.getObjectValue('plan', {}, { targetingKey: 'acme' }));
const next = await client.getObjectValue('plan', {}, { targetingKey: 'globex' });
console.log('OpenFeature, the next evaluation:', JSON.stringify(next));
await OpenFeature.close();

const features = { plan: { defaultValue: { seats: 5, tags: ['a'] } } };
const growthbook = new GrowthBook({ attributes: { id: 'acme' } }).initSync({ payload: { features } });
change(growthbook.getFeatureValue('plan', {}));
console.log('GrowthBook, the next evaluation:', JSON.stringify(growthbook.getFeatureValue('plan', {})));
JS
node run.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
OpenFeature, the next evaluation: {"seats":999,"tags":["a","x"]}
GrowthBook, the next evaluation: {"seats":999,"tags":["a","x"]}
SEEN
