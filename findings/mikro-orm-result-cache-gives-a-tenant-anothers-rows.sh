#!/usr/bin/env bash
# @mikro-orm/core and @mikro-orm/sqlite 7.2.1; the same with the core of 7.2.5, the newest when this was written
#
# The flags are the same for all tenants, and each tenant has overrides of them. A filter of the entity Override holds tenants apart: it is
# on by default, and each request's fork says its tenant with `em.setFilterParams`. To read flags and overrides often, a request asks with
# `cache: 60_000`. A good guess: the filter is part of what is asked, so a tenant gets its own rows or a miss, as it does where the
# override itself is read, for there the filter stands in the cache's key. Seen: the key is made of the entity that is asked for, its where and the
# options. A filter of a populated relation is in none of them, and neither are the parameters that the fork was given. So the next
# tenant gets the overrides of the one that asked first, with both strategies, by `find` and `findOne`, for the whole 60 s. The same
# with `resultCache.global`, where no call says that it is cached. Parameters that are given with the call (`filters: { tenant: { … } }`)
# are options, and hold tenants apart. No public thread found; the pages on filters and on the cache do not name each other.
#
# Output seen (what acme reads first, and globex after it):
#   joined, no cache: acme acme-50, globex globex-9
#   joined, cache: acme acme-50, globex acme-50
#   select-in, no cache: acme acme-50, globex globex-9
#   select-in, cache: acme acme-50, globex acme-50
#   findOne, cache: acme acme-50, globex acme-50
#   cache for all reads: acme acme-50, globex acme-50
#   parameters in the call, cache: acme acme-50, globex globex-9
#   the override itself, cache: acme acme-50, globex globex-9
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent @mikro-orm/core@7.2.1 @mikro-orm/sqlite@7.2.1
cat > try.js <<'JS'
import { defineEntity, MikroORM, p } from '@mikro-orm/sqlite';

const Flag = defineEntity({
  name: 'Flag',
  properties: { id: p.integer().primary(), name: p.string(), overrides: () => p.oneToMany(Override).mappedBy('flag') },
});
const Override = defineEntity({
  name: 'Override',
  properties: { id: p.integer().primary(), tenant: p.string(), value: p.string(), flag: () => p.manyToOne(Flag) },
  filters: { tenant: { cond: (given) => ({ tenant: given.tenant }), default: true } },
});

async function open(options) {
  const orm = await MikroORM.init({ entities: [Flag, Override], dbName: ':memory:', ...options });
  await orm.schema.create();
  await orm.em.fork().insert(Flag, { id: 1, name: 'limit' });
  await orm.em.fork().insertMany(Override, [
    { id: 1, tenant: 'acme', value: 'acme-50', flag: 1 },
    { id: 2, tenant: 'globex', value: 'globex-9', flag: 1 },
  ]);
  return orm;
}
const values = (flag) => flag.overrides.getItems().map(({ value }) => value);
const populate = ['overrides'];
const find = (options) => async (em) => values((await em.find(Flag, {}, { populate, ...options }))[0]);
const cache = 60_000;
const ways = {
  'joined, no cache': find({ strategy: 'joined' }),
  'joined, cache': find({ strategy: 'joined', cache }),
  'select-in, no cache': find({ strategy: 'select-in' }),
  'select-in, cache': find({ strategy: 'select-in', cache }),
  'findOne, cache': async (em) => values(await em.findOne(Flag, { name: 'limit' }, { populate, cache })),
  'cache for all reads': find({}),
  'parameters in the call, cache': (em, tenant) => find({ filters: { tenant: { tenant } }, cache })(em),
  'the override itself, cache': async (em) => (await em.find(Override, {}, { cache })).map(({ value }) => value),
};
for (const [way, read] of Object.entries(ways)) {
  const orm = await open(way === 'cache for all reads' ? { resultCache: { global: cache } } : {});
  const seen = [];
  for (const tenant of ['acme', 'globex']) {
    const em = orm.em.fork();
    if (way !== 'parameters in the call, cache') em.setFilterParams('tenant', { tenant });
    seen.push(`${tenant} ${(await read(em, tenant)).join(' ')}`);
  }
  console.log(`${way}: ${seen.join(', ')}`);
  await orm.close();
}
process.exit(0);
JS
node try.js | tee seen.txt
diff seen.txt - <<'SEEN'
joined, no cache: acme acme-50, globex globex-9
joined, cache: acme acme-50, globex acme-50
select-in, no cache: acme acme-50, globex globex-9
select-in, cache: acme acme-50, globex acme-50
findOne, cache: acme acme-50, globex acme-50
cache for all reads: acme acme-50, globex acme-50
parameters in the call, cache: acme acme-50, globex globex-9
the override itself, cache: acme acme-50, globex globex-9
SEEN
