#!/usr/bin/env bash
# @mikro-orm/core and @mikro-orm/sqlite 7.2.1; the same with the core of 7.2.5, the newest when this was written
#
# Settings stand in a JSON property, and a service asks for the plans of a tier, `{ settings: { tier: 'gold' } }`, with `cache: 60_000`. A good
# guess: the condition belongs to the cache's key, as `{ tenant: 'acme' }` does. Seen: the next caller, which asks for 'free', gets the gold plans, and one
# that asks for a tier that nobody has gets them, too; `count` and `findOne` are the same. MikroORM makes raw SQL of a condition on JSON and keeps
# it under a symbol, and the key is made by JSON.stringify, which leaves symbols out: all conditions on JSON of one entity are one
# question. So are conditions with `raw()` or `sql` on the left, those on the right with other parameters, regular expressions, and raw
# orders; a tenant that is compared so, in a filter, gets another's rows. The same with `resultCache.global`, where no call says that
# it is cached. A query builder's `cache()` is right: its key is the SQL with the parameters. No public thread found.
#
# Output seen (asked twice, with another value, after a first answer for gold or for acme):
#   plain column: no cache acme, globex; cache acme, globex
#   JSON: no cache acme, globex; cache acme, acme
#   JSON, nobody has it: no cache acme, nothing; cache acme, acme
#   JSON, count: no cache 1, 0; cache 1, 1
#   JSON, of one tenant: no cache acme, nothing; cache acme, acme
#   raw() on the left: no cache acme, globex; cache acme, acme
#   sql on the right: no cache acme, globex; cache acme, acme
#   regular expression: no cache acme, globex; cache acme, acme
#   order by raw(): no cache acme globex, globex acme; cache acme globex, acme globex
#   JSON, query builder: no cache acme, globex; cache acme, globex
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent @mikro-orm/core@7.2.1 @mikro-orm/sqlite@7.2.1
cat > try.js <<'JS'
import { defineEntity, MikroORM, p, raw, sql } from '@mikro-orm/sqlite';

const Plan = defineEntity({ name: 'Plan', properties: { id: p.integer().primary(), tenant: p.string(), settings: p.json() } });
const orm = await MikroORM.init({ entities: [Plan], dbName: ':memory:' });
await orm.schema.create();
await orm.em.fork().insertMany(Plan, [
  { id: 1, tenant: 'acme', settings: { tier: 'gold' } },
  { id: 2, tenant: 'globex', settings: { tier: 'free' } },
]);

const tenants = (plans) => plans.map(({ tenant }) => tenant).join(' ') || 'nothing';
const find = (where, options) => async (em, cache) => tenants(await em.find(Plan, where(), { cache, ...options?.() }));
const tier = (name) => ({ settings: { tier: name } });
const questions = {
  'plain column': [find(() => ({ tenant: 'acme' })), find(() => ({ tenant: 'globex' }))],
  JSON: [find(() => tier('gold')), find(() => tier('free'))],
  'JSON, nobody has it': [find(() => tier('gold')), find(() => tier('silver'))],
  'JSON, count': ['gold', 'silver'].map((name) => (em, cache) => em.count(Plan, tier(name), { cache })),
  'JSON, of one tenant': ['gold', 'free'].map((name) => find(() => ({ tenant: 'acme', ...tier(name) }))),
  'raw() on the left': ['acme', 'globex'].map((tenant) => find(() => ({ [raw('lower(tenant)')]: tenant }))),
  'sql on the right': ['ACME', 'GLOBEX'].map((tenant) => find(() => ({ tenant: sql`lower(${tenant})` }))),
  'regular expression': [/^ac/, /^glo/].map((tenant) => find(() => ({ tenant }))),
  'order by raw()': ['asc', 'desc'].map((order) => find(() => ({}), () => ({ orderBy: { [raw('length(tenant)')]: order } }))),
  'JSON, query builder': ['gold', 'free'].map((name) => async (em, cache) => {
    return tenants(await em.createQueryBuilder(Plan).where(tier(name)).cache(cache).getResultList());
  }),
};
for (const [name, both] of Object.entries(questions)) {
  const told = [];
  for (const cache of [false, 60_000]) {
    // Each question has a cache that is empty at first.
    orm.config.getResultCacheAdapter().clear();
    const seen = [];
    for (const ask of both) seen.push(await ask(orm.em.fork(), cache));
    told.push(`${cache ? 'cache' : 'no cache'} ${seen.join(', ')}`);
  }
  console.log(`${name}: ${told.join('; ')}`);
}
await orm.close();
process.exit(0);
JS
node try.js | tee seen.txt
diff seen.txt - <<'SEEN'
plain column: no cache acme, globex; cache acme, globex
JSON: no cache acme, globex; cache acme, acme
JSON, nobody has it: no cache acme, nothing; cache acme, acme
JSON, count: no cache 1, 0; cache 1, 1
JSON, of one tenant: no cache acme, nothing; cache acme, acme
raw() on the left: no cache acme, globex; cache acme, acme
sql on the right: no cache acme, globex; cache acme, acme
regular expression: no cache acme, globex; cache acme, acme
order by raw(): no cache acme globex, globex acme; cache acme globex, acme globex
JSON, query builder: no cache acme, globex; cache acme, globex
SEEN
