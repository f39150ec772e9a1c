#!/usr/bin/env bash
# msgpackr 2.1.3
#
# With `useRecords: false` (plain MessagePack, readable by other languages) a Map is packed as a MessagePack map. A good
# guess: what `pack` takes, `unpack` of the same instance reads, or `pack` refuses it. Seen: a Map whose keys are objects
# or arrays is packed without a word, and the same Packr throws on its own bytes: the value is lost when it is read, not
# refused when it is written. Keys that are numbers come back as texts, and 1 and '1' as one entry.
#
# Output seen:
#   number keys: {"1":"a"}
#   1 and '1': {"1":"b"}
#   object keys: packed, then the same instance throws Error
#   array keys: packed, then the same instance throws Error
#   object keys, mapsAsObjects false: read again
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts msgpackr@2.1.3 >/dev/null
cat >run.mjs <<'JS'
import { Packr } from 'msgpackr';

const packr = new Packr({ useRecords: false });
const maps = new Packr({ useRecords: false, mapsAsObjects: false });
const cases = [
  ['number keys', new Map([[1, 'a']]), packr],
  ["1 and '1'", new Map([[1, 'a'], ['1', 'b']]), packr],
  ['object keys', new Map([[{ plan: 'gold' }, 5]]), packr],
  ['array keys', new Map([[['gold', 'eu'], 5]]), packr],
  ['object keys, mapsAsObjects false', new Map([[{ plan: 'gold' }, 5]]), maps],
];
for (const [name, map, which] of cases) {
  const bytes = which.pack(map);
  let seen;
  try {
    const back = which.unpack(bytes);
    seen = back instanceof Map ? 'read again' : JSON.stringify(back);
  } catch (error) {
    seen = `packed, then the same instance throws ${error.constructor.name}`;
  }
  console.log(`${name}: ${seen}`);
}
JS
node run.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
number keys: {"1":"a"}
1 and '1': {"1":"b"}
object keys: packed, then the same instance throws Error
array keys: packed, then the same instance throws Error
object keys, mapsAsObjects false: read again
SEEN
