#!/usr/bin/env bash
# keyv 5.6.0 with @keyv/mysql 2.1.10 (MariaDB 10.11) and @keyv/etcd 2.1.1 (etcd 3.4.23), beside @keyv/redis 5.1.6 (Redis 7.0)
#
# Each tenant has a Keyv with a namespace and a store of its own, as keyv's page shows it, on one database. A good guess: `clear()`
# empties one namespace, since its page names that as what namespaces are for, and namespaces are told apart. Seen: so it is with Redis.
# @keyv/mysql deletes by `LIKE 'namespace:%'`, where `_` stands for any one character and case does not count: to clear acme_eu
# empties acme-eu, to clear acme empties ACME. Both names are one row as well: who reads acme gets what ACME has written last.
# @keyv/etcd deletes by the name as a prefix, without the colon: to clear acme empties acme2, acme_eu and acme-eu. All three
# resolve without an error; the tenant that was not meant finds an empty cache, or an empty config where keyv is all there is.
#
# Output seen:
#   mysql: all apart but acme, which reads "ACME"
#   mysql: clear of acme_eu empties acme_eu acme-eu
#   mysql: clear of acme empties acme ACME
#   etcd: all apart
#   etcd: clear of acme_eu empties acme_eu
#   etcd: clear of acme empties acme acme2 acme_eu acme-eu
#   redis: all apart
#   redis: clear of acme_eu empties acme_eu
#   redis: clear of acme empties acme
#
# Needs mariadbd with its mariadb-install-db, redis-server, and Debian's packages (apt-get download); no root.
set -euo pipefail
folder=$(mktemp -d)
servers=()
finish() {
  for server in "${servers[@]}"; do kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts keyv@5.6.0 @keyv/mysql@2.1.10 @keyv/etcd@2.1.1 @keyv/redis@5.1.6
apt-get download -qq etcd-server >/dev/null 2>&1
dpkg -x etcd-server_3.4.23*.deb tree
free() { node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })"; }
mysql=$(free) etcd=$(free) peers=$(free) redis=$(free)
mariadb-install-db --no-defaults --datadir="$folder/data" --auth-root-authentication-method=normal >log 2>&1
mariadbd --no-defaults --user="$(id -un)" --datadir="$folder/data" --socket="$folder/s" --bind-address=127.0.0.1 --port="$mysql" >>log 2>&1 &
servers+=($!)
tree/usr/bin/etcd --data-dir etcd --listen-client-urls "http://127.0.0.1:$etcd" --advertise-client-urls "http://127.0.0.1:$etcd" \
  --listen-peer-urls "http://127.0.0.1:$peers" >>log 2>&1 &
servers+=($!)
redis-server --bind 127.0.0.1 --port "$redis" --save '' >>log &
servers+=($!)
for port in "$mysql" "$etcd" "$redis"; do
  for _ in $(seq 150); do (: > "/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.2; done
done
cat > try.js <<'JS'
import KeyvEtcd from '@keyv/etcd';
import KeyvMysql from '@keyv/mysql';
import KeyvRedis from '@keyv/redis';
import Keyv from 'keyv';

const [mysql, etcd, redis] = process.argv.slice(2);
const stores = {
  mysql: () => new KeyvMysql(`mysql://root@127.0.0.1:${mysql}/test`),
  etcd: () => new KeyvEtcd(`etcd://127.0.0.1:${etcd}`),
  redis: () => new KeyvRedis(`redis://127.0.0.1:${redis}`),
};
const names = ['acme', 'ACME', 'acme2', 'acme_eu', 'acme-eu', 'globex'];
for (const [name, open] of Object.entries(stores)) {
  const tenants = new Map(names.map((namespace) => [namespace, new Keyv({ store: open(), namespace })]));
  const readAll = async () => new Map(await Promise.all([...tenants].map(async ([tenant, keyv]) => [tenant, await keyv.get('limit')])));
  for (const cleared of ['acme_eu', 'acme']) {
    for (const [tenant, keyv] of tenants) await keyv.set('limit', tenant);
    const before = await readAll();
    const mixed = names.filter((tenant) => before.get(tenant) !== tenant).map((tenant) => `${tenant}, which reads "${before.get(tenant)}"`);
    if (cleared === 'acme_eu') console.log(`${name}: all apart${mixed.map((text) => ` but ${text}`).join('')}`);
    await tenants.get(cleared).clear();
    const after = await readAll();
    console.log(`${name}: clear of ${cleared} empties ${names.filter((tenant) => after.get(tenant) === undefined).join(' ')}`);
  }
}
process.exit(0);
JS
mariadb --no-defaults -S "$folder/s" -u root -e 'create database if not exists test'
node try.js "$mysql" "$etcd" "$redis" | tee seen.txt
diff seen.txt - <<'SEEN'
mysql: all apart but acme, which reads "ACME"
mysql: clear of acme_eu empties acme_eu acme-eu
mysql: clear of acme empties acme ACME
etcd: all apart
etcd: clear of acme_eu empties acme_eu
etcd: clear of acme empties acme acme2 acme_eu acme-eu
redis: all apart
redis: clear of acme_eu empties acme_eu
redis: clear of acme empties acme
SEEN
