#!/usr/bin/env bash
# @vlasky/zongji 0.9.0 on MariaDB 10.11
#
# A service follows a table by the binary log and keeps copies of its rows (a cache, a search index). To keep the log small the server
# leaves out what a statement did not change: `binlog_row_image` NOBLOB leaves out long columns, of which MariaDB's JSON is one,
# MINIMAL all but the key and what was written. The log says which columns it has. A good guess: a column that is not there is
# left out of the row, too, or the reader refuses such a log, as it refuses compressed transactions and partial JSON. Seen: it
# tells null for it, before and after, as for a NULL of the table. So a counter that goes up by one wipes the JSON beside it from every
# copy, with MINIMAL even the key of the row is null after, and a new row has null where the table has its default, in a column
# that cannot be NULL. One session that sets the variable is enough.
#
# Output seen:
#   FULL, update: {"id":1,"tenant":"acme","uses":1,"value":"{\"seats\":5}"}
#   FULL, insert: {"id":2,"tenant":"globex","uses":0,"value":"{}"}
#   NOBLOB, update: {"id":1,"tenant":"acme","uses":2,"value":null}
#   NOBLOB, insert: {"id":3,"tenant":"globex","uses":0,"value":"{}"}
#   MINIMAL, update: {"id":null,"tenant":null,"uses":3,"value":null}
#   MINIMAL, insert: {"id":4,"tenant":"globex","uses":null,"value":"{}"}
#   in the table: acme 3 {"seats":5}, globex 0 {}, globex 0 {}, globex 0 {}
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
npm install --silent --no-audit --no-fund --ignore-scripts @vlasky/zongji@0.9.0 mysql2@3.24.5
mariadb-install-db --no-defaults --datadir="$folder/data" --auth-root-authentication-method=normal >log 2>&1
mariadbd --no-defaults --user="$(id -un)" --datadir="$folder/data" --socket="$folder/s" --skip-networking \
  --log-bin=bin --binlog-format=ROW --server-id=1 >>log 2>&1 &
server=$!
for _ in $(seq 150); do [ -S "$folder/s" ] && break; sleep 0.2; done
cat > try.js <<'JS'
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import ZongJi from '@vlasky/zongji';
import { createConnection } from 'mysql2/promise';

const options = { socketPath: process.argv[2], user: 'root' };
const connection = await createConnection(options);
const [[{ version }]] = await connection.query('select version() as version');
if (!version.startsWith('10.11.')) throw new Error(`MariaDB ${version}`);
for (const sql of [
  'create database d',
  'use d',
  `create table configs (id int primary key auto_increment, tenant varchar(20) not null, uses int not null default 0, value json not null default '{}')`,
  `insert into configs (tenant, value) values ('acme', '{"seats":5}')`,
])
  await connection.query(sql);
const reader = new ZongJi(options);
const told = [];
reader.on('error', (error) => {
  throw error;
});
reader.on('binlog', ({ rows = [] }) => told.push(...rows.map((row) => JSON.stringify(row.after ?? row))));
reader.start({ startAtEnd: true, serverId: 2, includeEvents: ['tablemap', 'writerows', 'updaterows'], includeSchema: { d: true } });
await once(reader, 'ready');
for (const image of ['FULL', 'NOBLOB', 'MINIMAL']) {
  await connection.query(`set session binlog_row_image = ${image}`);
  await connection.query(`update configs set uses = uses + 1 where tenant = 'acme'`);
  await connection.query(`insert into configs (tenant) values ('globex')`);
  while (told.length < 2) await sleep(20);
  console.log(`${image}, update: ${told.shift()}`);
  console.log(`${image}, insert: ${told.shift()}`);
}
const [rows] = await connection.query('select tenant, uses, cast(value as char) as value from configs order by id');
console.log(`in the table: ${rows.map(({ tenant, uses, value }) => `${tenant} ${uses} ${value}`).join(', ')}`);
process.exit(0);
JS
timeout 60 node try.js "$folder/s" | tee seen.txt
diff seen.txt - <<'SEEN'
FULL, update: {"id":1,"tenant":"acme","uses":1,"value":"{\"seats\":5}"}
FULL, insert: {"id":2,"tenant":"globex","uses":0,"value":"{}"}
NOBLOB, update: {"id":1,"tenant":"acme","uses":2,"value":null}
NOBLOB, insert: {"id":3,"tenant":"globex","uses":0,"value":"{}"}
MINIMAL, update: {"id":null,"tenant":null,"uses":3,"value":null}
MINIMAL, insert: {"id":4,"tenant":"globex","uses":null,"value":"{}"}
in the table: acme 3 {"seats":5}, globex 0 {}, globex 0 {}, globex 0 {}
SEEN
