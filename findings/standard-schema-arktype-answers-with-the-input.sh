#!/usr/bin/env bash
# zod 4.6.7, valibot 1.5.0, arktype 2.2.9 through Standard Schema's one interface
#
# `schema['~standard'].validate(input)` answers `{ value }`. A good guess: `value` is the schema's own, and has what the
# schema names. Seen: zod and valibot answer with a copy without the unknown property; arktype answers with the very
# object that came in, unknown property and all. So code that freezes, changes or stores "the validated value" of any
# Standard Schema freezes, changes or stores the caller's object with one library and not with the others.
# With a morph in it, arktype answers with a copy that still has the unknown property.
#
# Output seen:
#   zod: another object, keys seats
#   valibot: another object, keys seats
#   arktype: the input itself, keys seats,note
#   arktype with a morph: another object, keys seats,note
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts zod@4.6.7 valibot@1.5.0 arktype@2.2.9 >/dev/null
cat >run.mjs <<'JS'
import { type } from 'arktype';
import * as v from 'valibot';
import { z } from 'zod';

const schemas = {
  zod: z.object({ seats: z.number() }),
  valibot: v.object({ seats: v.number() }),
  arktype: type({ seats: 'number' }),
  'arktype with a morph': type({ seats: type('number').pipe(seats => seats + 1) }),
};
for (const [name, schema] of Object.entries(schemas)) {
  const input = { seats: 5, note: 'not in the schema' };
  const { value } = await schema['~standard'].validate(input);
  console.log(`${name}: ${value === input ? 'the input itself' : 'another object'}, keys ${Object.keys(value)}`);
}
JS
node run.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
zod: another object, keys seats
valibot: another object, keys seats
arktype: the input itself, keys seats,note
arktype with a morph: another object, keys seats,note
SEEN
