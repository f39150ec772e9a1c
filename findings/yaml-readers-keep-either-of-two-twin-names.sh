#!/usr/bin/env bash
# yaml 2.9.1, js-yaml 5.5.0, yamljs 0.3.0
#
# A config maps ports to services, and has `8080: web` and, lower down, `"8080": admin`. For YAML the names are a number and a text, for
# the object that a program gets they are one name. A good guess: a reader that promises unique keys (yaml: `uniqueKeys`, on by default)
# refuses the file. Seen: js-yaml does. yaml takes the last one without a word, though it refuses `16` beside `0x10`; yamljs takes the first
# one. So a service that is rewritten with another reader has another value from the same file. yaml also makes the empty name of
# `null: off`, where the others make `null`.
#
# Output seen:
#   ports: yaml {"8080":"admin"}, js-yaml refused, yamljs {"8080":"web"}
#   flags: yaml {"true":"b"}, js-yaml refused, yamljs {"true":"a"}
#   sixteen: yaml refused, js-yaml refused, yamljs {"16":"a"}
#   nothing: yaml {"":"off"}, js-yaml {"null":"off"}, yamljs {"null":"off"}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts yaml@2.9.1 js-yaml@5.5.0 yamljs@0.3.0 >/dev/null
cat >run.mjs <<'JS'
import * as jsYaml from 'js-yaml';
import * as yaml from 'yaml';
import yamljs from 'yamljs';

const readers = { yaml: yaml.parse, 'js-yaml': jsYaml.load, yamljs: yamljs.parse };
const files = {
  ports: '8080: web\n"8080": admin\n',
  flags: 'true: a\n"true": b\n',
  sixteen: '0x10: a\n16: b\n',
  nothing: "null: 'off'\n",
};
for (const [name, text] of Object.entries(files)) {
  const answers = Object.entries(readers).map(([reader, read]) => {
    try {
      return `${reader} ${JSON.stringify(read(text))}`;
    } catch {
      return `${reader} refused`;
    }
  });
  console.log(`${name}: ${answers.join(', ')}`);
}
JS
node run.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
ports: yaml {"8080":"admin"}, js-yaml refused, yamljs {"8080":"web"}
flags: yaml {"true":"b"}, js-yaml refused, yamljs {"true":"a"}
sixteen: yaml refused, js-yaml refused, yamljs {"16":"a"}
nothing: yaml {"":"off"}, js-yaml {"null":"off"}, yamljs {"null":"off"}
SEEN
