#!/usr/bin/env bash
# chokidar 5.0.0, watchpack 2.6.4, node-watch 0.7.4, c12 3.3.4, fs.watch and fs.watchFile of Node 22 and 24; Linux
#
# Kubernetes mounts a ConfigMap as app.json -> ..data/app.json, with ..data -> ..2026_0: a change makes the folder ..2026_1, renames
# a new link over ..data, and removes ..2026_0 (the steps of the kubelet's AtomicWriter). A service watches app.json to load it
# again. A good guess: the watcher follows the link, so it tells each change, or none. Seen: fs.watch tells the first change and no
# later one, so a test with one change passes. chokidar tells each, until a second part of the same process watches the same file
# with it: then both hear the first change and no later one. watchpack, node-watch and the `watchConfig` of c12 tell none. A look
# at the file every 100 ms (fs.watchFile) tells each.
#
# Output seen (of three changes, 1 s apart):
#   fs.watch: told of change 1
#   fs.watchFile: told of change 1 2 3
#   chokidar: told of change 1 2 3
#   chokidar, two in one process: told of change 1
#   watchpack: told of none
#   node-watch: told of none
#   c12: told of none
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts chokidar@5.0.0 watchpack@2.6.4 node-watch@0.7.4 c12@3.3.4 >/dev/null
cat >run.mjs <<'JS'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, watch, watchFile, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchConfig } from 'c12';
import chokidar from 'chokidar';
import nodeWatch from 'node-watch';
import Watchpack from 'watchpack';

const mount = mkdtempSync(resolve('mount-'));
const file = join(mount, 'app.json');

function publish(value) {
  const [now, before] = [`..2026_${value}`, `..2026_${value - 1}`];
  mkdirSync(join(mount, now));
  writeFileSync(join(mount, now, 'app.json'), JSON.stringify({ value }));
  symlinkSync(now, join(mount, '..data_tmp'));
  renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
  if (value === 0) symlinkSync('..data/app.json', file);
  else rmSync(join(mount, before), { recursive: true });
}

const name = process.argv[2];
const told = new Set();
let change = 0;
// What comes before the first change is of the start.
const tell = () => change > 0 && told.add(change);
const isOfFile = (_, path) => path === file && tell();
publish(0);
await {
  'fs.watch': () => watch(file, tell),
  'fs.watchFile': () => watchFile(file, { interval: 100 }, tell),
  chokidar: () => chokidar.watch(file, { ignoreInitial: true }).on('all', isOfFile),
  'chokidar, two in one process'() {
    chokidar.watch(file, { ignoreInitial: true }).on('all', isOfFile);
    chokidar.watch(file, { ignoreInitial: true }).on('all', isOfFile);
  },
  watchpack() {
    const pack = new Watchpack({});
    pack.watch({ files: [file], startTime: Date.now() });
    pack.on('change', tell);
  },
  'node-watch': () => nodeWatch(file, tell),
  c12: () =>
    watchConfig({ cwd: mount, configFile: 'app.json', rcFile: false, packageJson: false, dotenv: false, onUpdate: tell }),
}[name]();
await sleep(1_000);
for (change = 1; change <= 3; change++) {
  publish(change);
  await sleep(1_000);
}
console.log(`${name}: told of ${told.size > 0 ? `change ${[...told].join(' ')}` : 'none'}`);
process.exit();
JS
for kind in fs.watch fs.watchFile chokidar 'chokidar, two in one process' watchpack node-watch c12; do
  node run.mjs "$kind"
done | tee seen.txt
diff seen.txt - <<'SEEN'
fs.watch: told of change 1
fs.watchFile: told of change 1 2 3
chokidar: told of change 1 2 3
chokidar, two in one process: told of change 1
watchpack: told of none
node-watch: told of none
c12: told of none
SEEN
