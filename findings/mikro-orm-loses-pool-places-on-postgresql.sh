#!/usr/bin/env bash
# @mikro-orm/core and @mikro-orm/postgresql 7.2.5 (the newest when this was written) with pg 8.23.1, pg-pool 3.14.0 and kysely 0.29.6,
# on PostgreSQL 15; beside kysely 0.29.9
#
# A database that is restarted, fails over or ends a session that was idle in a transaction ends connections in the middle of
# transactions. A good guess: `em.transactional` throws, the pool makes a new connection, and the next call works. Seen: it
# throws, and the place in the pool is lost for good. Kysely 0.29.6 gives the connection of a transaction that was begun by
# `startTransaction`, as MikroORM begins all of its own, back only after a COMMIT or ROLLBACK that succeeded, and on a broken
# connection none does. After as many as the pool has, every call waits without an error although the database is well:
# `orm.checkConnection()`, of which a health check is made, and `orm.close()`, with which a program ends, are none better.
# Kysely's own `db.transaction().execute` gives the connection back, and so does mysql2, whichever way.
#
# Kysely knows of it, and mended it in 0.29.7 (begin and rollback) and 0.29.9 (commit). MikroORM 7.2.5 asks for exactly 0.29.6, so
# it is npm's `"overrides": { "kysely": "0.29.9" }` that brings it.
#
# Output seen (connections, idle ones, waiting calls of a pool of three, after each transaction whose connection was ended):
#   kysely 0.29.6: 1/0/0 2/0/0 3/0/0
#   then one query and a check of the connection: 3/0/2, answered: 0 of 2
#   kysely 0.29.9: 0/0/0 0/0/0 0/0/0
#   then one query and a check of the connection: 2/2/0, answered: 2 of 2
#
# Needs PostgreSQL 15 (Debian's package postgresql) and root: the server itself runs as the user `postgres`.
set -euo pipefail
folder=$(mktemp -d)
server=
cleanup() {
  if [ -n "$server" ]; then kill -INT "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap cleanup EXIT
cd "$folder"
binaries=/usr/lib/postgresql/15/bin
as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
chmod 711 "$folder"
mkdir database
chown postgres database
as_postgres "$binaries/initdb" -D database/data -A trust -U postgres >log
setpriv --reuid=postgres --regid=postgres --clear-groups "$binaries/postgres" -D "$folder/database/data" -k "$folder/database" -c listen_addresses= >>log 2>&1 &
server=$!
for _ in $(seq 150); do "$binaries/pg_isready" -q -h "$folder/database" && break; sleep 0.2; done

cat > try.js <<'JS'
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql';
import pg from 'pg';

const { version } = JSON.parse(readFileSync('node_modules/kysely/package.json', 'utf8'));
const server = { host: process.argv[2], user: 'postgres' };
const Tenant = defineEntity({ name: 'Tenant', properties: { id: p.string().primary() } });
const orm = await MikroORM.init({ entities: [Tenant], ...server, dbName: 'postgres', pool: { min: 0, max: 3 }, logger: () => undefined });
const admin = new pg.Client({ ...server, database: 'postgres' });
await admin.connect();
const pool = await orm.em.getConnection().getNativeClient();
const counts = () => `${pool.totalCount}/${pool.idleCount}/${pool.waitingCount}`;
const seen = [];
for (let n = 0; n < 3; n++) {
  const end = new Promise((resolve) => pool.once('acquire', (client) => client.once('end', resolve)));
  const work = orm.em.fork().transactional(async (em) => {
    const [{ pid }] = await em.execute('select pg_backend_pid() as pid');
    await admin.query('select pg_terminate_backend($1)', [pid]);
    await end;
    await em.execute('select 1');
  });
  await work.then(() => { throw new Error('no error'); }, () => undefined);
  seen.push(counts());
}
console.log(`kysely ${version}: ${seen.join(' ')}`);
let answered = 0;
for (const asked of [orm.em.fork().execute('select 1'), orm.checkConnection()]) void asked.then(() => answered++);
await sleep(2000);
console.log(`then one query and a check of the connection: ${counts()}, answered: ${answered} of 2`);
process.exit();
JS
for overrides in '{}' '{ "kysely": "0.29.9" }'; do
  rm -rf node_modules package-lock.json
  echo "{ \"private\": true, \"type\": \"module\", \"overrides\": $overrides }" > package.json
  npm install --no-audit --no-fund --silent --ignore-scripts @mikro-orm/core@7.2.5 @mikro-orm/postgresql@7.2.5 pg@8.23.1 pg-pool@3.14.0
  node try.js "$folder/database"
done | tee seen.txt
diff seen.txt - <<'SEEN'
kysely 0.29.6: 1/0/0 2/0/0 3/0/0
then one query and a check of the connection: 3/0/2, answered: 0 of 2
kysely 0.29.9: 0/0/0 0/0/0 0/0/0
then one query and a check of the connection: 2/2/0, answered: 2 of 2
SEEN
