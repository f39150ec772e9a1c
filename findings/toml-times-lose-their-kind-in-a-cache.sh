#!/usr/bin/env bash
# smol-toml 1.9.1 with msgpackr 2.1.3, and with Node's structuredClone
#
# A TOML file says at which time of the day something happens (`at = 02:30:00`) and on which day (`day = 2026-03-29`). The parsed
# document goes through a cache or to a worker, and is written as TOML again. A good guess: the same text, or an error, for
# the parser's dates are Dates and both know Dates. Seen: TOML's four kinds of dates are one class of the parser's, and the
# kind is a private field. Both keep the Date and lose the field: the time of day becomes a moment of the year 0, a day becomes midnight in UTC,
# a local time becomes one in UTC, and what was said with an offset loses the offset. JSON keeps the text, and loses that it was a date.
#
# Output seen:
#   as parsed:   day = 2026-03-29, at = 02:30:00.000, local = 2026-03-29T02:30:00.000, fixed = 2026-03-29T02:30:00.000+01:00
#   msgpackr:    day = 2026-03-29T00:00:00.000Z, at = 0000-01-01T02:30:00.000Z, local = 2026-03-29T02:30:00.000Z, fixed = 2026-03-29T01:30:00.000Z
#   cloned:      day = 2026-03-29T00:00:00.000Z, at = 0000-01-01T02:30:00.000Z, local = 2026-03-29T02:30:00.000Z, fixed = 2026-03-29T01:30:00.000Z
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts smol-toml@1.9.1 msgpackr@2.1.3
cat > try.js <<'JS'
import { Packr } from 'msgpackr';
import { parse, stringify } from 'smol-toml';

const parsed = parse('day = 2026-03-29\nat = 02:30:00\nlocal = 2026-03-29T02:30:00\nfixed = 2026-03-29T02:30:00+01:00\n');
const packr = new Packr({ useRecords: false });
const show = (name, document) => console.log(`${name.padEnd(12)} ${stringify(document).trim().split('\n').join(', ')}`);
show('as parsed:', parsed);
show('msgpackr:', packr.unpack(packr.pack(parsed)));
show('cloned:', structuredClone(parsed));
JS
node try.js | tee seen.txt
diff seen.txt - <<'SEEN'
as parsed:   day = 2026-03-29, at = 02:30:00.000, local = 2026-03-29T02:30:00.000, fixed = 2026-03-29T02:30:00.000+01:00
msgpackr:    day = 2026-03-29T00:00:00.000Z, at = 0000-01-01T02:30:00.000Z, local = 2026-03-29T02:30:00.000Z, fixed = 2026-03-29T01:30:00.000Z
cloned:      day = 2026-03-29T00:00:00.000Z, at = 0000-01-01T02:30:00.000Z, local = 2026-03-29T02:30:00.000Z, fixed = 2026-03-29T01:30:00.000Z
SEEN
