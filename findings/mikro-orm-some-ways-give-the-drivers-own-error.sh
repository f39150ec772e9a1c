#!/usr/bin/env bash
# @mikro-orm/core and @mikro-orm/sqlite 7.2.1
#
# An application inserts a tenant that is there already, and catches UniqueConstraintViolationException; for a deadlock it catches
# DeadlockException, and tries again. MikroORM says that it turns what a driver throws into these. A good guess: by whichever way
# the statement goes to the database. Seen: with `em.insert`, `em.execute` and `em.flush` it does. With the query builder's
# `execute`, with Kysely and with `em.getConnection().execute` the error is the driver's own, no DriverException at all. So the
# `catch`, or the retry after a deadlock, does nothing, and nobody sees that before there is a conflict.
# `orm.driver.convertException(error)` makes of it what the others throw.
#
# Output seen:
#   em.flush: UniqueConstraintViolationException
#   em.insert: UniqueConstraintViolationException
#   em.execute: UniqueConstraintViolationException
#   query builder: SqliteError, converted UniqueConstraintViolationException
#   Kysely: SqliteError, converted UniqueConstraintViolationException
#   connection: SqliteError, converted UniqueConstraintViolationException
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent @mikro-orm/core@7.2.1 @mikro-orm/sqlite@7.2.1
cat > try.js <<'JS'
import { defineEntity, DriverException, MikroORM, p } from '@mikro-orm/sqlite';

const Tenant = defineEntity({ name: 'Tenant', properties: { id: p.string().primary() } });
const orm = await MikroORM.init({ entities: [Tenant], dbName: ':memory:' });
await orm.schema.create();
await orm.em.fork().insert(Tenant, { id: 'acme' });
const em = orm.em.fork();
const again = "insert into tenant (id) values ('acme')";
const ways = {
  'em.flush': () => orm.em.fork().persist(orm.em.fork().create(Tenant, { id: 'acme' })).flush(),
  'em.insert': () => em.insert(Tenant, { id: 'acme' }),
  'em.execute': () => em.execute(again),
  'query builder': () => em.createQueryBuilder(Tenant).insert({ id: 'acme' }).execute(),
  Kysely: () => em.getKysely().insertInto('tenant').values({ id: 'acme' }).execute(),
  connection: () => em.getConnection().execute(again),
};
for (const [way, run] of Object.entries(ways)) {
  const error = await run().then(() => new Error('no error'), (thrown) => thrown);
  const converted = error instanceof DriverException ? '' : `, converted ${orm.driver.convertException(error).constructor.name}`;
  console.log(`${way}: ${error.constructor.name}${converted}`);
}
await orm.close();
JS
node try.js | tee seen.txt
diff seen.txt - <<'SEEN'
em.flush: UniqueConstraintViolationException
em.insert: UniqueConstraintViolationException
em.execute: UniqueConstraintViolationException
query builder: SqliteError, converted UniqueConstraintViolationException
Kysely: SqliteError, converted UniqueConstraintViolationException
connection: SqliteError, converted UniqueConstraintViolationException
SEEN
