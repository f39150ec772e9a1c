#!/usr/bin/env bash
# smol-toml 1.9.1, @iarna/toml 3.0.0, @ltd/j-toml 1.38.0, js-toml 2.0.1
#
# Configs are JSON, and are exported as TOML by one of npm's writers; TOML has no null. A good guess: what is written is read by the
# same package as it was, or the writer refuses. Seen: j-toml and js-toml refuse null. smol-toml leaves out a field that is null, and
# refuses a null in a list. @iarna/toml leaves out both, so the items after it have another place. It writes the number 1e-7 as
# `1e-7.undefined`, which nothing reads, and its own parser refuses the whole file. It and js-toml read the integer 2^53, which is exact, as a
# BigInt, which JSON.stringify refuses; smol-toml and j-toml read a number. smol-toml makes 0 of -0.
#
# Output seen:
#   smol-toml: null field -> {"b":1}; null in a list refused by the writer; 2^53 same; 1e-7 same; -0 -> {"a":0}
#   @iarna/toml: null field -> {"b":1}; null in a list -> {"a":[1,3]}; 2^53 -> {"a":"BigInt"}; 1e-7 written as "a = 1e-7.undefined", refused by its parser; -0 same
#   @ltd/j-toml: null field refused by the writer; null in a list refused by the writer; 2^53 same; 1e-7 same; -0 same
#   js-toml: null field refused by the writer; null in a list refused by the writer; 2^53 -> {"a":"BigInt"}; 1e-7 same; -0 same
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts smol-toml@1.9.1 @iarna/toml@3.0.0 @ltd/j-toml@1.38.0 js-toml@2.0.1 >/dev/null
cat >run.mjs <<'JS'
import { isDeepStrictEqual } from 'node:util';
import iarna from '@iarna/toml';
import jToml from '@ltd/j-toml';
import * as jsToml from 'js-toml';
import * as smol from 'smol-toml';

const packages = {
  'smol-toml': [smol.stringify, smol.parse],
  '@iarna/toml': [iarna.stringify, iarna.parse],
  // Without `false` it makes a BigInt of every integer, as its page says.
  '@ltd/j-toml': [(value) => jToml.stringify(value, { newline: '\n' }), (text) => jToml.parse(text, { joiner: '\n', bigint: false })],
  'js-toml': [jsToml.dump, jsToml.load],
};
const values = {
  'null field': { a: null, b: 1 },
  'null in a list': { a: [1, null, 3] },
  '2^53': { a: 2 ** 53 },
  '1e-7': { a: 1e-7 },
  '-0': { a: -0 },
};

function tried([write, read], value) {
  let text;
  try {
    text = write(value);
  } catch {
    return 'refused by the writer';
  }
  try {
    const found = { ...read(text) };
    if (isDeepStrictEqual(found, value)) return 'same';
    return `-> ${JSON.stringify(found, (_, each) => (typeof each === 'bigint' ? 'BigInt' : each))}`;
  } catch {
    return `written as ${JSON.stringify(text.trim())}, refused by its parser`;
  }
}
for (const [name, both] of Object.entries(packages)) {
  const each = Object.entries(values).map(([what, value]) => `${what} ${tried(both, value)}`);
  console.log(`${name}: ${each.join('; ')}`);
}
JS
node run.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
smol-toml: null field -> {"b":1}; null in a list refused by the writer; 2^53 same; 1e-7 same; -0 -> {"a":0}
@iarna/toml: null field -> {"b":1}; null in a list -> {"a":[1,3]}; 2^53 -> {"a":"BigInt"}; 1e-7 written as "a = 1e-7.undefined", refused by its parser; -0 same
@ltd/j-toml: null field refused by the writer; null in a list refused by the writer; 2^53 same; 1e-7 same; -0 same
js-toml: null field refused by the writer; null in a list refused by the writer; 2^53 -> {"a":"BigInt"}; 1e-7 same; -0 same
SEEN
