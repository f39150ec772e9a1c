#!/usr/bin/env bash
# @mikro-orm/core and @mikro-orm/sqlite 7.2.1; the same with the core of 7.2.5, the newest when this was written
#
# A request loads a plan and changes it, and in between a helper of the same request (the same `em`) reads plans with `cache`, or every
# read does by `resultCache.global`. A good guess: the helper gets what this request has of the plan already, as from every read without a
# cache, where the identity map wins unless `refresh` is asked for; at worst the helper itself sees old values. Seen: the entry of the
# cache is written into the entities that the request holds, and counts as what the table has. So a number that was read under a lock, or was
# flushed a line before, goes back to what it was, the next `+= 1` starts from there, and the table loses the change, in a transaction
# with `PESSIMISTIC_WRITE`, too. What was given to `em.remove` is taken back if the entry has it as a relation: `flush` deletes nothing,
# and has no error. Changes that are not flushed yet stay. A version property turns the lost numbers into OptimisticLockError, and
# does nothing for the lost deletion. No public thread found.
#
# Output seen (the cache was filled with 5 seats and one item; 7 seats in the table before `loaded` and `locked`):
#   loaded, then read: no cache 7, cache 5
#   locked 7, read, one more: no cache 8 in the table, cache 6 in the table
#   flushed 9, read, one more: no cache 10 in the table, cache 6 in the table
#   flushed 9, read, one more, with a version: no cache 10 in the table, cache OptimisticLockError
#   set 9, read, one more: no cache 10 in the table, cache 10 in the table
#   removed the item, read, flushed: no cache 0 items in the table, cache 1 items in the table
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent @mikro-orm/core@7.2.1 @mikro-orm/sqlite@7.2.1
cat > try.js <<'JS'
import { defineEntity, LockMode, MikroORM, p } from '@mikro-orm/sqlite';

function entities(version) {
  const properties = { id: p.integer().primary(), name: p.string(), seats: p.integer(), items: () => p.oneToMany(Item).mappedBy('plan') };
  const Plan = defineEntity({ name: 'Plan', properties: version ? { ...properties, version: p.integer().version() } : properties });
  const Item = defineEntity({ name: 'Item', properties: { id: p.integer().primary(), plan: () => p.manyToOne(Plan) } });
  return { Plan, Item };
}
async function tried(request, cache, version) {
  const { Plan, Item } = entities(version);
  const orm = await MikroORM.init({ entities: [Plan, Item], dbName: ':memory:' });
  await orm.schema.create();
  await orm.em.fork().insert(Plan, { id: 1, name: 'gold', seats: 5 });
  await orm.em.fork().insert(Item, { id: 1, plan: 1 });
  const helper = (em) => em.find(Plan, { name: 'gold' }, { populate: ['items'], cache: cache ? 60_000 : false });
  await helper(orm.em.fork());
  const table = {
    set: (seats) => orm.em.fork().nativeUpdate(Plan, 1, { seats }),
    seats: async () => `${(await orm.em.fork().findOneOrFail(Plan, 1)).seats} in the table`,
    items: async () => `${await orm.em.fork().count(Item)} items in the table`,
  };
  const seen = await request({ em: orm.em.fork(), Plan, Item, helper, table }).catch((error) => error.constructor.name);
  await orm.close();
  return seen;
}
const requests = {
  'loaded, then read': async ({ em, Plan, helper, table }) => {
    await table.set(7);
    const plan = await em.findOneOrFail(Plan, 1);
    await helper(em);
    return plan.seats;
  },
  'locked 7, read, one more': async ({ em, Plan, helper, table }) => {
    await table.set(7);
    await em.transactional(async (inner) => {
      const plan = await inner.findOneOrFail(Plan, 1, { lockMode: LockMode.PESSIMISTIC_WRITE });
      await helper(inner);
      plan.seats += 1;
    });
    return table.seats();
  },
  'flushed 9, read, one more': async ({ em, Plan, helper, table }) => {
    const plan = await em.findOneOrFail(Plan, 1);
    plan.seats = 9;
    await em.flush();
    await helper(em);
    plan.seats += 1;
    await em.flush();
    return table.seats();
  },
  'set 9, read, one more': async ({ em, Plan, helper, table }) => {
    const plan = await em.findOneOrFail(Plan, 1);
    plan.seats = 9;
    await helper(em);
    plan.seats += 1;
    await em.flush();
    return table.seats();
  },
  'removed the item, read, flushed': async ({ em, Item, helper, table }) => {
    em.remove(await em.findOneOrFail(Item, 1));
    await helper(em);
    await em.flush();
    return table.items();
  },
};
async function show(name, request, version) {
  console.log(`${name}: no cache ${await tried(request, false, version)}, cache ${await tried(request, true, version)}`);
}
for (const [name, request] of Object.entries(requests)) {
  await show(name, request, false);
  if (name.startsWith('flushed')) await show(`${name}, with a version`, request, true);
}
JS
node try.js | tee seen.txt
diff seen.txt - <<'SEEN'
loaded, then read: no cache 7, cache 5
locked 7, read, one more: no cache 8 in the table, cache 6 in the table
flushed 9, read, one more: no cache 10 in the table, cache 6 in the table
flushed 9, read, one more, with a version: no cache 10 in the table, cache OptimisticLockError
set 9, read, one more: no cache 10 in the table, cache 10 in the table
removed the item, read, flushed: no cache 0 items in the table, cache 1 items in the table
SEEN
