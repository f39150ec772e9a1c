#!/usr/bin/env bash
# @mikro-orm/mysql 7.2.1 with MySQL 9.7.4 (mysql-server-core 9.7.4-2 of Debian sid)
#
# A tenant is called 'acme', and a flag's foreign key spells it 'ACME', which MySQL's default collation takes for the same.
# A good guess is that MikroORM finds the tenant in any way, or in none. Seen: `populate` with the strategy `joined` gives
# the tenant. With the strategy `select-in`, and by `em.populate()`, it sets the flag's tenant to null, though the column
# must not be null and the tenant is there: the rows that were found are looked up by the foreign key's own spelling.
# A flush after it does not write the null. `em.upsert` of a third spelling gives an entity of its own beside that of the
# same row: what one of the two is assigned, the other does not see.
#
# Who looks tenants up by text keeps one spelling (a binary collation, or lower case by a check).
#
# Output seen:
#   @mikro-orm/mysql 7.2.1, MySQL 9.7.4
#   joined: acme acme
#   select-in: null acme
#   em.populate: ACME acme, then null acme
#   in the table after a flush: ACME acme
#   upsert of Acme: 1 row, 2 entities
#
# Needs root on Debian with debootstrap: the server is fetched into a tree of its own.
set -euo pipefail
folder=$(mktemp -d)
server=
cleanup() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap cleanup EXIT
tree=$folder/tree
debootstrap --variant=minbase --include=mysql-server-core,mysql-client-core sid "$tree" >"$folder/log" 2>&1 || { tail -5 "$folder/log"; exit 1; }
libraries=$tree/usr/lib/x86_64-linux-gnu:$tree/lib/x86_64-linux-gnu
run() { "$tree/lib64/ld-linux-x86-64.so.2" --library-path "$libraries" "$@"; }
share=(--lc-messages-dir="$tree/usr/share/mysql" --character-sets-dir="$tree/usr/share/mysql/charsets")
run "$tree/usr/sbin/mysqld" --no-defaults --initialize-insecure --user=root --datadir="$folder/data" "${share[@]}" >>"$folder/log" 2>&1
socket=$folder/s
"$tree/lib64/ld-linux-x86-64.so.2" --library-path "$libraries" "$tree/usr/sbin/mysqld" --no-defaults --user=root --datadir="$folder/data" \
  --socket="$socket" --skip-networking --mysqlx=OFF --skip-log-bin --secure-file-priv=NULL --pid-file="$folder/pid" "${share[@]}" >>"$folder/log" 2>&1 &
server=$!
sql() { run "$tree/usr/bin/mysql" --no-defaults -u root -S "$socket" -N -B "$@"; }
for _ in $(seq 150); do sql -e 'select 1' >/dev/null 2>&1 && break; sleep 0.2; done
version=$(sql -e "select substring_index(version(), '-', 1)")

cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent @mikro-orm/core@7.2.1 @mikro-orm/mysql@7.2.1
cat >seen.mjs <<'E'
import { defineEntity, MikroORM, p } from '@mikro-orm/mysql';

const Tenant = defineEntity({ name: 'Tenant', properties: { id: p.string().primary(), plan: p.string() } });
const Flag = defineEntity({
  name: 'Flag',
  properties: { id: p.integer().primary(), tenant: () => p.manyToOne(Tenant), isOn: p.boolean() },
});
const orm = await MikroORM.init({
  entities: [Tenant, Flag],
  dbName: 'd',
  driverOptions: { socketPath: process.argv[2] },
  user: 'root',
});
await orm.schema.refresh();
const sql = text => orm.em.getConnection().execute(text);
await sql(`insert into tenant values ('acme', 'free')`);
await sql(`insert into flag values (1, 'ACME', 1), (2, 'acme', 1)`);

const tenants = flags => flags.map(flag => String(flag.tenant?.id ?? null)).join(' ');
const orderBy = { id: 'asc' };
for (const strategy of ['joined', 'select-in']) {
  const flags = await orm.em.fork().find(Flag, {}, { populate: ['tenant'], strategy, orderBy });
  console.log(`${strategy}: ${tenants(flags)}`);
}
const em = orm.em.fork();
const flags = await em.find(Flag, {}, { orderBy });
const before = tenants(flags);
await em.populate(flags, ['tenant']);
console.log(`em.populate: ${before}, then ${tenants(flags)}`);
flags[0].isOn = false;
await em.flush();
const written = await sql('select tenant_id from flag order by id');
console.log(`in the table after a flush: ${written.map(row => row.tenant_id).join(' ')}`);

const upserting = orm.em.fork();
await upserting.upsert(Tenant, { id: 'Acme', plan: 'pro' });
const rows = await upserting.findAll(Tenant);
const entities = [...upserting.getUnitOfWork().getIdentityMap().values()];
console.log(`upsert of Acme: ${rows.length} row, ${entities.length} entities`);
await orm.close();
E
sql -e 'create database d'
out=$(node seen.mjs "$socket")
echo "@mikro-orm/mysql 7.2.1, MySQL $version"
echo "$out"
[ "$version" = 9.7.4 ] && [ "$out" = 'joined: acme acme
select-in: null acme
em.populate: ACME acme, then null acme
in the table after a flush: ACME acme
upsert of Acme: 1 row, 2 entities' ]
