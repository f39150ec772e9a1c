#!/usr/bin/env bash
# pino 10.4.0 (its @pinojs/redact 0.4.0), beside pino 9.9.0 (its fast-redact)
#
# A logger takes secrets out by name, wherever they stand: `redact: ['*.token']`, or `'*.*.token'` one step further in. A line has no token in
# it, but a URL, a Buffer, or an object of a class with private fields. A good guess: what has no such name is logged as it is, as it was
# with pino 9. Seen: pino 10 copies, field by field, what a wildcard goes over, and a copy of a URL or of such an object is none, so its `toJSON`
# throws. Then the whole value of that name in the line is replaced by "unable to serialize, circular reference", though nothing is
# circular: the status and the id that stand beside the URL are gone, too. A wildcard that goes one step further, into the URL,
# throws out of `logger.info` itself, into the handler that wanted to log. Paths without a wildcard, or whose first names are
# not in the line, do no harm, so a test of the redaction passes.
#
# Output seen (pino 9: each line as it is):
#   pino 10, no redaction, call: {"status":500,"url":"http://flags.example/x"}
#   pino 10, call.headers.token, call: {"status":500,"url":"http://flags.example/x"}
#   pino 10, *.token, call: {"status":500,"url":"http://flags.example/x"}
#   pino 10, *.token, url: "[unable to serialize, circular reference is too complex to analyze]"
#   pino 10, *.token, tenant: "[unable to serialize, circular reference is too complex to analyze]"
#   pino 10, *.*.token, call: "[unable to serialize, circular reference is too complex to analyze]"
#   pino 10, *.*.token, body: "[unable to serialize, circular reference is too complex to analyze]"
#   pino 10, call.*.token, call: "[unable to serialize, circular reference is too complex to analyze]"
#   pino 10, *.*.token, url: throws TypeError: Receiver must be an instance of class URL
#   pino 9: each as without redaction
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts pino10@npm:pino@10.4.0 @pinojs/redact@0.4.0 pino9@npm:pino@9.9.0
cat > try.js <<'JS'
import { pino as pino10 } from 'pino10';
import { pino as pino9 } from 'pino9';

class Tenant {
  #seats = 5;
  name = 'acme';
  toJSON() {
    return { name: this.name, seats: this.#seats };
  }
}
const url = () => new URL('http://flags.example/x');
const values = {
  call: () => ({ status: 500, url: url() }),
  body: () => ({ status: 500, bytes: Buffer.from('ab') }),
  url,
  tenant: () => new Tenant(),
};
function log(pino, redact, name) {
  let line;
  const logger = pino({ base: null, timestamp: false, redact }, { write: (text) => (line = text) });
  try {
    logger.info({ [name]: values[name]() });
  } catch (error) {
    return `throws ${error.name}: ${error.message}`;
  }
  return JSON.stringify(JSON.parse(line)[name]);
}
const cases = [
  [undefined, 'call'],
  ['call.headers.token', 'call'],
  ['*.token', 'call'],
  ['*.token', 'url'],
  ['*.token', 'tenant'],
  ['*.*.token', 'call'],
  ['*.*.token', 'body'],
  ['call.*.token', 'call'],
  ['*.*.token', 'url'],
];
for (const [path, name] of cases) console.log(`pino 10, ${path ?? 'no redaction'}, ${name}: ${log(pino10, path && [path], name)}`);
const different = cases.filter(([path, name]) => log(pino9, path && [path], name) !== log(pino9, undefined, name));
console.log(`pino 9: ${different.length === 0 ? 'each as without redaction' : JSON.stringify(different)}`);
JS
node try.js | tee seen.txt
diff seen.txt - <<'SEEN'
pino 10, no redaction, call: {"status":500,"url":"http://flags.example/x"}
pino 10, call.headers.token, call: {"status":500,"url":"http://flags.example/x"}
pino 10, *.token, call: {"status":500,"url":"http://flags.example/x"}
pino 10, *.token, url: "[unable to serialize, circular reference is too complex to analyze]"
pino 10, *.token, tenant: "[unable to serialize, circular reference is too complex to analyze]"
pino 10, *.*.token, call: "[unable to serialize, circular reference is too complex to analyze]"
pino 10, *.*.token, body: "[unable to serialize, circular reference is too complex to analyze]"
pino 10, call.*.token, call: "[unable to serialize, circular reference is too complex to analyze]"
pino 10, *.*.token, url: throws TypeError: Receiver must be an instance of class URL
pino 9: each as without redaction
SEEN
