#!/usr/bin/env bash
# @mikro-orm/core and @mikro-orm/sqlite 7.2.1 with dataloader 2.2.3; the same with the core of 7.2.5, the newest when this was written
#
# A page loads some of the flags of each tenant, `tenant.flags.load({ where: { name: /^beta-/ } })`. As that is one query for each tenant,
# `dataloader: true` is set in the ORM's options, which its page presents as a matter of speed: the loads of one turn become one query.
# A good guess: the same flags, or an error for what cannot be put together. Seen: so it is for plain conditions and for JSON. A
# regular expression is gone, and so is a condition with `raw()` on the left: each tenant has all of its flags. With `sql` on the right
# there are none. The condition of each load is written by JSON.stringify, to put equal ones together, and read back from that. Nothing
# is thrown, and the collection counts as loaded, so later code of the request that reads it has the wrong flags as well. The same with
# `dataloader: true` in the one call. No public thread found.
#
# Output seen (flags of acme | of globex):
#   equal name: one by one beta-a | beta-b; together beta-a | beta-b
#   JSON: one by one beta-a | beta-b; together beta-a | beta-b
#   regular expression: one by one beta-a | beta-b; together beta-a old-a | beta-b old-b
#   raw() on the left: one by one beta-a | beta-b; together beta-a old-a | beta-b old-b
#   sql on the right: one by one beta-a | beta-b; together none | none
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent @mikro-orm/core@7.2.1 @mikro-orm/sqlite@7.2.1 dataloader@2.2.3
cat > try.js <<'JS'
import { defineEntity, MikroORM, p, raw, sql } from '@mikro-orm/sqlite';

const Tenant = defineEntity({
  name: 'Tenant',
  properties: { id: p.string().primary(), flags: () => p.oneToMany(Flag).mappedBy('tenant') },
});
const Flag = defineEntity({
  name: 'Flag',
  properties: { id: p.integer().primary(), name: p.string(), settings: p.json(), tenant: () => p.manyToOne(Tenant) },
});
async function open(dataloader) {
  const orm = await MikroORM.init({ entities: [Tenant, Flag], dbName: ':memory:', dataloader });
  await orm.schema.create();
  await orm.em.fork().insertMany(Tenant, [{ id: 'acme' }, { id: 'globex' }]);
  await orm.em.fork().insertMany(Flag, [
    { id: 1, name: 'beta-a', settings: { stage: 'beta' }, tenant: 'acme' },
    { id: 2, name: 'old-a', settings: { stage: 'old' }, tenant: 'acme' },
    { id: 3, name: 'beta-b', settings: { stage: 'beta' }, tenant: 'globex' },
    { id: 4, name: 'old-b', settings: { stage: 'old' }, tenant: 'globex' },
  ]);
  return orm;
}
const conditions = {
  'equal name': () => ({ name: { $in: ['beta-a', 'beta-b'] } }),
  JSON: () => ({ settings: { stage: 'beta' } }),
  'regular expression': () => ({ name: /^beta-/ }),
  'raw() on the left': () => ({ [raw('substr(name, 1, 4)')]: 'beta' }),
  'sql on the right': () => ({ name: { $like: sql`lower(${'BETA-%'})` } }),
};
for (const [name, where] of Object.entries(conditions)) {
  const seen = [];
  for (const dataloader of [false, true]) {
    const orm = await open(dataloader);
    const tenants = await orm.em.fork().find(Tenant, {}, { orderBy: { id: 'asc' } });
    await Promise.all(tenants.map((tenant) => tenant.flags.load({ where: where() })));
    const flags = tenants.map((tenant) => tenant.flags.getItems().map((flag) => flag.name).join(' ') || 'none');
    seen.push(`${dataloader ? 'together' : 'one by one'} ${flags.join(' | ')}`);
    await orm.close();
  }
  console.log(`${name}: ${seen.join('; ')}`);
}
process.exit(0);
JS
node try.js | tee seen.txt
diff seen.txt - <<'SEEN'
equal name: one by one beta-a | beta-b; together beta-a | beta-b
JSON: one by one beta-a | beta-b; together beta-a | beta-b
regular expression: one by one beta-a | beta-b; together beta-a old-a | beta-b old-b
raw() on the left: one by one beta-a | beta-b; together beta-a old-a | beta-b old-b
sql on the right: one by one beta-a | beta-b; together none | none
SEEN
