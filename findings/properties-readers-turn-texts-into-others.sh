#!/usr/bin/env bash
# properties-reader 3.0.1, properties 1.2.1, java-properties 1.0.2, beside properties-file 5.0.7 and dot-properties 1.1.2
#
# `.properties` is what Apollo exports and what Java services keep their configuration in; all values are texts, and the
# format has one documented reader (java.util.Properties). A good guess: npm's readers of it agree with that reader on
# plain lines, or refuse. Seen: properties-file and dot-properties do. properties-reader turns the folder C:\temp into
# "C:", a tab and "emp", leaves `\u00e9` as it stands, reads `region: eu` as a key "region: eu", and cuts a continued line in two.
# It and `properties` make numbers of texts: the code 007 is 7, and 9007199254740993 becomes 9007199254740992. `properties` makes
# null of an empty text. java-properties keeps the backslash of `with\ blank` in the key, and drops blanks at the end of values.
#
# Output seen (keys that a reader has as java.util.Properties documents them are left out):
#   properties-file: all as documented
#   dot-properties: all as documented
#   properties: big=9007199254740992 (number), code=7 (number), empty=null
#   java-properties: note="t", with blank missing
#   properties-reader: big=9007199254740992 (number), code=7 (number), list="a, \\", note="t", folder="C:\\\temp", name="\\u00e9", region missing, with blank missing
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts \
  properties-file@5.0.7 dot-properties@1.1.2 properties@1.2.1 java-properties@1.0.2 properties-reader@3.0.1 >/dev/null
cat >in.properties <<'TEXT'
# A comment.
big = 9007199254740993
code = 007
empty =
list = a, \
       b
folder = C:\\temp
name = \u00e9
region: eu
with\ blank = x
TEXT
printf 'note = t  \n' >>in.properties
cat >run.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as dotProperties from 'dot-properties';
import { getProperties } from 'properties-file';
import { propertiesReader } from 'properties-reader';

const require = createRequire(import.meta.url);
const text = readFileSync('in.properties', 'utf8');
// Of the documentation of java.util.Properties.load; a Java 17 read the same.
const DOCUMENTED = {
  big: '9007199254740993',
  code: '007',
  empty: '',
  list: 'a, b',
  note: 't  ',
  folder: 'C:\\temp',
  name: 'é',
  region: 'eu',
  'with blank': 'x',
};
const read = {
  'properties-file': () => getProperties(text),
  'dot-properties': () => dotProperties.parse(text),
  properties: () => require('properties').parse(text),
  'java-properties': () => {
    const file = require('java-properties').of('in.properties');
    return Object.fromEntries(file.getKeys().map((key) => [key, file.get(key)]));
  },
  'properties-reader': () => {
    const file = propertiesReader({ sourceFile: 'in.properties' });
    return Object.fromEntries(Object.keys(file.getAllProperties()).map((key) => [key, file.get(key)]));
  },
};
for (const [name, of] of Object.entries(read)) {
  const found = of();
  const others = Object.entries(DOCUMENTED)
    .filter(([key, value]) => found[key] !== value)
    .map(([key]) => {
      if (!(key in found)) return `${key} missing`;
      const kind = typeof found[key] === 'number' ? ' (number)' : '';
      return `${key}=${JSON.stringify(found[key])}${kind}`;
    });
  console.log(`${name}: ${others.length === 0 ? 'all as documented' : others.join(', ')}`);
}
JS
node run.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
properties-file: all as documented
dot-properties: all as documented
properties: big=9007199254740992 (number), code=7 (number), empty=null
java-properties: note="t", with blank missing
properties-reader: big=9007199254740992 (number), code=7 (number), list="a, \\", note="t", folder="C:\\\temp", name="\\u00e9", region missing, with blank missing
SEEN
