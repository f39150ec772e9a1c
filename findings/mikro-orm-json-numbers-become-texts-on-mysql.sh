#!/usr/bin/env bash
# @mikro-orm/mysql 7.2.1 (mysql2 3.24.4) with MySQL 9.7.4 (mysql-server-core 9.7.4-2 of Debian sid)
#
# An entity keeps a number of 2^53 or more in a JSON property, exactly ("no limit", bytes, an id). A good guess: JSON keeps the kinds, so
# what is read is the number that was written. Seen: it is read as a text. MikroORM turns on `supportBigNumbers` of mysql2, for
# columns of the type bigint, and since 3.24 mysql2 applies it inside JSON as well: of whole numbers that are not "safe" it makes
# texts, and leaves 1e20, which MySQL writes with an exponent, a number. The text goes back: when another field of the same property is
# changed, MikroORM writes the whole, and then it is a text in the table, for every program and for queries by the number.
#
# Output seen:
#   @mikro-orm/mysql 7.2.1, mysql2 3.24.4, MySQL 9.7.4
#   written: number 9007199254740992, number 100000000000000000000; in the table UNSIGNED INTEGER, DOUBLE
#   read: string 9007199254740992, number 100000000000000000000
#   another field was changed: in the table STRING, DOUBLE; rows found by the number: 1 before, 0 after
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

const Plan = defineEntity({ name: 'Plan', properties: { id: p.integer().primary(), limits: p.json() } });
const orm = await MikroORM.init({
  entities: [Plan],
  dbName: 'd',
  driverOptions: { socketPath: process.argv[2] },
  user: 'root',
});
await orm.schema.refresh();
const kinds = async () => {
  const [row] = await orm.em.getConnection().execute(
    `select json_type(limits->'$.rows') \`rows\`, json_type(limits->'$.bytes') bytes from plan`);
  return `in the table ${row.rows}, ${row.bytes}`;
};
const found = async () => {
  const [row] = await orm.em.getConnection().execute(`select count(*) n from plan where limits->'$.rows' = 9007199254740992`);
  return row.n;
};
const tell = ({ rows, bytes }) => `${typeof rows} ${rows}, ${typeof bytes} ${bytes}`;

const writing = orm.em.fork();
const { limits } = writing.create(Plan, { id: 1, limits: { rows: 2 ** 53, bytes: 1e20, note: 'a' } });
await writing.flush();
console.log(`written: ${tell(limits)}; ${await kinds()}`);
const before = await found();
const changing = orm.em.fork();
const plan = await changing.findOneOrFail(Plan, 1);
console.log(`read: ${tell(plan.limits)}`);
plan.limits.note = 'b';
await changing.flush();
console.log(`another field was changed: ${await kinds()}; rows found by the number: ${before} before, ${await found()} after`);
await orm.close();
E
sql -e 'create database d'
out=$(node seen.mjs "$socket")
driver=$(npm ls mysql2 --parseable --long | sed -n 's/.*:mysql2@//p' | head -1)
echo "@mikro-orm/mysql 7.2.1, mysql2 ${driver%%:*}, MySQL $version"
echo "$out"
[ "${driver%%:*}" = 3.24.4 ] && [ "$version" = 9.7.4 ] && [ "$out" = 'written: number 9007199254740992, number 100000000000000000000; in the table UNSIGNED INTEGER, DOUBLE
read: string 9007199254740992, number 100000000000000000000
another field was changed: in the table STRING, DOUBLE; rows found by the number: 1 before, 0 after' ]
