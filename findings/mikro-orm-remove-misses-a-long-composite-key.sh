#!/usr/bin/env bash
# @mikro-orm/mysql 7.2.1 with MySQL 9.7.4 (mysql-server-core 9.7.4-2 of Debian sid)
#
# A table has a primary key of two numbers, a tenant's and a long id (a snowflake of 19 digits): an ordinary multi-tenant
# table. A good guess is that `findOne` with the whole primary key gives that row and `em.remove(row)` deletes it. Seen:
# `findOne` gives null and `em.remove` deletes nothing, without an error. Where a row has the number that a double takes the
# id for, `findOne` gives that row and `em.remove` deletes it. MikroORM writes `where (tenant, id) in (('1', '…'))` for a
# composite key, with the numbers as text, and MySQL compares a text inside a row value with a bigint column as a double.
# `find` with an object writes `tenant = '1' and id = '…'`, which MySQL compares exactly, so reading looks right. A key of
# one part is not concerned.
#
# Who has such keys deletes by a query: `em.nativeDelete(Entity, { tenant, id })`.
#
# Output seen:
#   @mikro-orm/mysql 7.2.1, MySQL 9.7.4
#   rows …993: find({ tenant, id: …993 }) …993, findOne([tenant, …993]) none
#   rows …993: left after remove …993, after nativeDelete none
#   rows …992 …993: find({ tenant, id: …993 }) …993, findOne([tenant, …993]) …992
#   rows …992 …993: left after remove …993, after nativeDelete …992
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

const Message = defineEntity({
  name: 'Message',
  properties: { tenant: p.bigint().primary(), id: p.bigint().primary() },
});
const orm = await MikroORM.init({
  entities: [Message],
  dbName: 'd',
  driverOptions: { socketPath: process.argv[2] },
  user: 'root',
});
const tenant = 1n;
const write = async ids => {
  await orm.schema.refresh();
  const em = orm.em.fork();
  for (const id of ids) em.create(Message, { tenant, id });
  await em.flush();
};
const say = rows => rows.map(row => `…${String(row.id).slice(-3)}`).join(' ') || 'none';
const left = async () => say(await orm.em.fork().find(Message, {}, { orderBy: { id: 'asc' } }));
for (const ids of [[1234567890123456993n], [9007199254740992n, 9007199254740993n]]) {
  const id = ids.at(-1);
  await write(ids);
  const rows = `rows ${await left()}`;
  const found = say(await orm.em.fork().find(Message, { tenant, id }));
  const one = await orm.em.fork().findOne(Message, [tenant, id]);
  console.log(`${rows}: find({ tenant, id: …993 }) ${found}, findOne([tenant, …993]) ${say(one ? [one] : [])}`);
  const em = orm.em.fork();
  await em.remove(em.getReference(Message, [tenant, id])).flush();
  const removed = await left();
  await write(ids);
  await orm.em.fork().nativeDelete(Message, { tenant, id });
  console.log(`${rows}: left after remove ${removed}, after nativeDelete ${await left()}`);
}
await orm.close();
E
sql -e 'create database d'
out=$(node seen.mjs "$socket")
echo "@mikro-orm/mysql 7.2.1, MySQL $version"
echo "$out"
[ "$version" = 9.7.4 ] && [ "$out" = 'rows …993: find({ tenant, id: …993 }) …993, findOne([tenant, …993]) none
rows …993: left after remove …993, after nativeDelete none
rows …992 …993: find({ tenant, id: …993 }) …993, findOne([tenant, …993]) …992
rows …992 …993: left after remove …993, after nativeDelete …992' ]
