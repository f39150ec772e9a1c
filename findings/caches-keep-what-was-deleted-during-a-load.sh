#!/usr/bin/env bash
# bentocache 1.6.1, cacheable 2.5.0, cache-manager 7.2.9
#
# A cache runs a loader. While it runs, the row changes and the application deletes the key, as it should. A good guess:
# the delete wins, and the next read loads again. Seen: all three put the loader's old value into the cache after the
# delete, and serve it for the whole ttl. bentocache does so over a newer `set` as well.
#
# Output seen:
#   bentocache, deleted during the load: old
#   bentocache, set to "new" during the load: old
#   cacheable, deleted during the load: old
#   cache-manager, deleted during the load: old
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts bentocache@1.6.1 cacheable@2.5.0 cache-manager@7.2.9 >/dev/null
cat >run.mjs <<'JS'
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { createCache } from 'cache-manager';
import { Cacheable } from 'cacheable';

let row;
/** Loads the row as it is now, and answers once `change` has run. */
async function raced(load, change) {
  row = 'old';
  const read = Promise.withResolvers ? Promise.withResolvers() : later();
  const answer = Promise.withResolvers ? Promise.withResolvers() : later();
  const loader = async () => {
    const seen = row;
    read.resolve();
    await answer.promise;
    return seen;
  };
  const loading = load(loader);
  await read.promise;
  row = 'new';
  await change();
  answer.resolve();
  await loading;
}
function later() {
  const made = {};
  made.promise = new Promise(resolve => Object.assign(made, { resolve }));
  return made;
}

const bento = new BentoCache({ default: 's', stores: { s: bentostore().useL1Layer(memoryDriver({ maxItems: 10 })) } });
const bentoLoad = key => factory => bento.getOrSet({ key, ttl: '1h', factory });
await raced(bentoLoad('a'), () => bento.delete({ key: 'a' }));
console.log('bentocache, deleted during the load:', await bento.get({ key: 'a' }));
await raced(bentoLoad('b'), () => bento.set({ key: 'b', value: row, ttl: '1h' }));
console.log('bentocache, set to "new" during the load:', await bento.get({ key: 'b' }));

const cacheable = new Cacheable();
await raced(load => cacheable.getOrSet('a', load, { ttl: '1h' }), () => cacheable.delete('a'));
console.log('cacheable, deleted during the load:', await cacheable.get('a'));

const manager = createCache();
await raced(load => manager.wrap('a', load, 3_600_000), () => manager.del('a'));
console.log('cache-manager, deleted during the load:', await manager.get('a'));
process.exit(0);
JS
node run.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
bentocache, deleted during the load: old
bentocache, set to "new" during the load: old
cacheable, deleted during the load: old
cache-manager, deleted during the load: old
SEEN
