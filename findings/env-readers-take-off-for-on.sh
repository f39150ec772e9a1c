#!/usr/bin/env bash
# convict 6.2.5, envalid 8.2.0, nconf 0.13.0, beside env-var 7.5.0
#
# Configs come from environment variables, and a reader with a declared type makes values of the texts. A good guess: what is no value of
# the type is refused, and off is off. Seen: for convict's `Boolean` everything but `false` is true: 0, off, no and the empty text switch
# the feature on, and its `validate()` finds nothing wrong. Its `int` (as its page says, by parseInt) and the `num()` of envalid, whose page
# says "into a Number", take the digits at the start: 10MB is 10, 1,500 is 1, 0x10 is 0, and 1e3 is 1 for convict. nconf with `parseValues`
# parses twice: "5" in quotes, which is a text in JSON, is a number, "true" a boolean, and a list of one number is the number, so
# the same program has a list as soon as there are two. env-var refuses what it does not know.
#
# Output seen:
#   0: convict true, envalid false, env-var false
#   off: convict true, envalid false, env-var refused
#   no: convict true, envalid false, env-var refused
#   (empty): convict true, envalid refused, env-var refused
#   false: convict false, envalid false, env-var false
#   10MB: convict 10, envalid 10, env-var refused
#   1,500: convict 1, envalid 1, env-var refused
#   0x10: convict 0, envalid 0, env-var refused
#   1e3: convict 1, envalid 1000, env-var refused
#   nconf: "5" is 5, "true" is true, [8080] is 8080, ["5"] is 5, [8080,8081] is [8080,8081], {"a":["5"]} is {"a":["5"]}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts convict@6.2.5 envalid@8.2.0 nconf@0.13.0 env-var@7.5.0 >/dev/null
cat >run.mjs <<'JS'
import convict from 'convict';
import * as envalid from 'envalid';
import envVar from 'env-var';
import nconf from 'nconf';

function tried(read) {
  try {
    return read();
  } catch {
    return 'refused';
  }
}
const reporter = ({ errors }) => {
  for (const error of Object.values(errors)) throw error;
};
function convicted(format, VALUE) {
  const config = convict({ value: { format, default: format === 'int' ? 7 : false, env: 'VALUE' } }, { env: { VALUE } });
  return config.validate({ allowed: 'strict' }).get('value');
}
const line = (text, a, b, c) => console.log(`${text || '(empty)'}: convict ${tried(a)}, envalid ${tried(b)}, env-var ${tried(c)}`);
for (const VALUE of ['0', 'off', 'no', '', 'false'])
  line(
    VALUE,
    () => convicted('Boolean', VALUE),
    () => envalid.cleanEnv({ VALUE }, { VALUE: envalid.bool() }, { reporter }).VALUE,
    () => envVar.from({ VALUE }).get('VALUE').required().asBool(),
  );
for (const VALUE of ['10MB', '1,500', '0x10', '1e3'])
  line(
    VALUE,
    () => convicted('int', VALUE),
    () => envalid.cleanEnv({ VALUE }, { VALUE: envalid.num() }, { reporter }).VALUE,
    () => envVar.from({ VALUE }).get('VALUE').required().asInt(),
  );
const parsed = ['"5"', '"true"', '[8080]', '["5"]', '[8080,8081]', '{"a":["5"]}'].map((text) => {
  process.env.VALUE = text;
  const provider = new nconf.Provider().env({ parseValues: true, whitelist: ['VALUE'] });
  return `${text} is ${JSON.stringify(provider.get('VALUE'))}`;
});
console.log(`nconf: ${parsed.join(', ')}`);
JS
node run.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
0: convict true, envalid false, env-var false
off: convict true, envalid false, env-var refused
no: convict true, envalid false, env-var refused
(empty): convict true, envalid refused, env-var refused
false: convict false, envalid false, env-var false
10MB: convict 10, envalid 10, env-var refused
1,500: convict 1, envalid 1, env-var refused
0x10: convict 0, envalid 0, env-var refused
1e3: convict 1, envalid 1000, env-var refused
nconf: "5" is 5, "true" is true, [8080] is 8080, ["5"] is 5, [8080,8081] is [8080,8081], {"a":["5"]} is {"a":["5"]}
SEEN
