#!/usr/bin/env bash
# @launchdarkly/node-server-sdk 9.13.7, its FileDataSource with autoUpdate: true (Linux)
#
# Flags are read from a file that is followed. The file is replaced as editors, deploy tools and Kubernetes do it: by a rename
# over the file, or by a rename of the folder's symbolic link (a mounted ConfigMap). A good guess: every replacement is
# noticed. Seen: the first one is, and from then on the client follows the file that is gone. It keeps its value for ever,
# says nothing, and does not notice a write in place any more either.
#
# Output seen (what the client answers):
#   written in place:   file 2
#   replaced:           file 3, ConfigMap 3
#   replaced again:     file 3, ConfigMap 3
#   written in place:   file 3
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @launchdarkly/node-server-sdk@9.13.7 >/dev/null
cat >run.mjs <<'JS'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { init } from '@launchdarkly/node-server-sdk';
import { FileDataSourceFactory } from '@launchdarkly/node-server-sdk/integrations';

const text = (limit) => JSON.stringify({ flagValues: { limit } });
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

// A ConfigMap: flags.json -> ..data/flags.json, ..data -> ..1; an update makes a new folder, renames a link over
// ..data, and removes the old folder.
let version = 0;
const swap = (limit) => {
  version += 1;
  mkdirSync(`map/..${version}`, { recursive: true });
  writeFileSync(`map/..${version}/flags.json`, text(limit));
  symlinkSync(`..${version}`, 'map/..new');
  renameSync('map/..new', 'map/..data');
  rmSync(`map/..${version - 1}`, { recursive: true, force: true });
};
const replace = (limit) => {
  writeFileSync('flags.new', text(limit));
  renameSync('flags.new', 'flags.json');
};

writeFileSync('flags.json', text(1));
swap(1);
symlinkSync('..data/flags.json', 'map/flags.json');
const open = async (path) => {
  const source = new FileDataSourceFactory({ paths: [path], autoUpdate: true });
  const client = init('none', { updateProcessor: source.getFactory(), sendEvents: false, logger: quiet });
  await client.waitForInitialization({ timeout: 10 });
  return async () => {
    await sleep(2000);
    return client.variation('limit', { kind: 'user', key: 'acme' }, 'none');
  };
};
const [file, map] = await Promise.all([open('flags.json'), open('map/flags.json')]);

writeFileSync('flags.json', text(2));
console.log(`written in place:   file ${await file()}`);
replace(3);
swap(3);
console.log(`replaced:           file ${await file()}, ConfigMap ${await map()}`);
replace(4);
swap(4);
console.log(`replaced again:     file ${await file()}, ConfigMap ${await map()}`);
writeFileSync('flags.json', text(5));
console.log(`written in place:   file ${await file()}`);
process.exit(0);
JS
node run.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
written in place:   file 2
replaced:           file 3, ConfigMap 3
replaced again:     file 3, ConfigMap 3
written in place:   file 3
SEEN
