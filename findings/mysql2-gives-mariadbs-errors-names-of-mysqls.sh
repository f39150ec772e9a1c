#!/usr/bin/env bash
# mysql2 3.24.5 on MariaDB 10.11 (Debian's package mariadb-server), beside mariadb 3.5.4
#
# mysql2 is made for MySQL and MariaDB, and `error.code` names what went wrong. A good guess: where both servers have such an
# error, it has one name, and an error that MariaDB alone has is named after MariaDB's manual or has no name. Seen: the names
# are MySQL's for the number. MariaDB gives numbers from 4000 on to other errors than MySQL, so a value that a CHECK refuses,
# as every column of the type JSON has one, is ER_INNODB_AUTOEXTEND_SIZE_OUT_OF_RANGE; and a statement that ran into
# max_statement_time has no code at all. `errno`, `sqlState` and the message are right.
#
# Who tells by the code whether to try again, whose fault it was, or what to count, tells wrong: a bad value looks like a full
# disk, and a timeout like an error of the program's own.
#
# Output seen (statement: number, SQL state: code of mysql2 / of the package mariadb):
#   a JSON column gets a text that is none: 4025, 23000: ER_INNODB_AUTOEXTEND_SIZE_OUT_OF_RANGE / ER_CONSTRAINT_FAILED
#   a statement takes too long: 1969, 70100: undefined / ER_STATEMENT_TIMEOUT
#   a sequence has no value left: 4084, HY000: ER_WARN_SF_UDF_NAME_COLLISION / ER_SEQUENCE_RUN_OUT
#   a versioned table would lose a column: 4119, HY000: ER_WARN_DEPRECATED_IDENT / ER_VERS_ALTER_NOT_ALLOWED
#   the past of a table that keeps none: 4124, HY000: ER_SRS_INVALID_HEIGHT / ER_VERS_NOT_VERSIONED
#   a role that is none: 1959, OP000: undefined / ER_INVALID_ROLE
#   a key that is there: 1062, 23000: ER_DUP_ENTRY / ER_DUP_ENTRY
#
# Needs mariadbd of MariaDB 10.11 and its mariadb-install-db.
set -euo pipefail
folder=$(mktemp -d)
server=
cleanup() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap cleanup EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts mysql2@3.24.5 mariadb@3.5.4
mariadb-install-db --no-defaults --datadir="$folder/data" --auth-root-authentication-method=normal >log 2>&1
mariadbd --no-defaults --user="$(id -un)" --datadir="$folder/data" --socket="$folder/s" --skip-networking >>log 2>&1 &
server=$!
for _ in $(seq 150); do [ -S "$folder/s" ] && break; sleep 0.2; done
cat > try.js <<'JS'
import { createConnection as openMariadb } from 'mariadb';
import { createConnection as openMysql2 } from 'mysql2/promise';

const options = { socketPath: process.argv[2], user: 'root' };
const [mysql2, mariadb] = [await openMysql2(options), await openMariadb(options)];
const [[{ version }]] = await mysql2.query('select version() as version');
if (!version.startsWith('10.11.')) throw new Error(`MariaDB ${version}`);
for (const sql of [
  'create database d',
  'use d',
  'create table configs (id int primary key, value json)',
  'create table kept (id int, value int) with system versioning',
  'create sequence numbers minvalue 1 maxvalue 2',
  'select nextval(numbers), nextval(numbers)',
  "insert into configs values (1, '{}')",
])
  await mysql2.query(sql);
await mariadb.query('use d');
for (const [what, sql] of [
  ['a JSON column gets a text that is none', "insert into configs values (2, 'none')"],
  ['a statement takes too long', 'set statement max_statement_time = 0.01 for select sleep(1)'],
  ['a sequence has no value left', 'select nextval(numbers)'],
  ['a versioned table would lose a column', 'alter table kept drop column value'],
  ['the past of a table that keeps none', 'select * from configs for system_time as of now()'],
  ['a role that is none', 'set role nobody'],
  ['a key that is there', "insert into configs values (1, '{}')"],
]) {
  const [ours, theirs] = await Promise.all([mysql2, mariadb].map((each) => each.query(sql).then(() => 'no error', (error) => error)));
  console.log(`${what}: ${ours.errno}, ${ours.sqlState}: ${ours.code} / ${theirs.code}`);
}
await mysql2.end();
await mariadb.end();
JS
node try.js "$folder/s" | tee seen.txt
diff seen.txt - <<'SEEN'
a JSON column gets a text that is none: 4025, 23000: ER_INNODB_AUTOEXTEND_SIZE_OUT_OF_RANGE / ER_CONSTRAINT_FAILED
a statement takes too long: 1969, 70100: undefined / ER_STATEMENT_TIMEOUT
a sequence has no value left: 4084, HY000: ER_WARN_SF_UDF_NAME_COLLISION / ER_SEQUENCE_RUN_OUT
a versioned table would lose a column: 4119, HY000: ER_WARN_DEPRECATED_IDENT / ER_VERS_ALTER_NOT_ALLOWED
the past of a table that keeps none: 4124, HY000: ER_SRS_INVALID_HEIGHT / ER_VERS_NOT_VERSIONED
a role that is none: 1959, OP000: undefined / ER_INVALID_ROLE
a key that is there: 1062, 23000: ER_DUP_ENTRY / ER_DUP_ENTRY
SEEN
