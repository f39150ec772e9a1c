#!/usr/bin/env bash
# MySQL 9.7.4 (mysql-server-core 9.7.4-2 of Debian sid)
#
# A trigger asks `if @last <=> 0`. The variable belongs to the connection, and a connection that has just begun has none:
# a good guess is NULL <=> 0, which is false. Seen on MySQL: false for the first sixteen connections, and true for every
# later one, as soon as an earlier connection ran the trigger twice, the second time with a number in the variable.
# Sixteen is `table_open_cache_instances`: from the seventeenth on, a connection gets an open table, with its trigger,
# that another one has used. `= 0` and `coalesce(@last, 1) = 0` are true as well; `@last is null`, a comparison with a
# text and `@last is not null and @last = 0` are right.
#
# Who keeps state in user variables for a trigger (the transaction's id, "already done", "skip this") reads another
# connection's leftovers in a pool's fresh connections.
#
# Output seen:
#   MySQL 9.7.4: @last <=> 0 in a fresh connection: false 16 times, then true 8 times
#   MySQL 9.7.4: @last is not null and @last = 0: false 24 times, then true 0 times
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

sql -e 'create database d; create table d.t (id int primary key auto_increment); create table d.seen (id int primary key auto_increment, said int)'
# Each connection writes twice, and what the trigger says at its first write counts.
ask() {
  sql d -e 'drop trigger if exists tr; truncate seen'
  sql d --delimiter='//' -e "create trigger tr after insert on t for each row begin
    declare said int default 0;
    if $1 then set said = 1; end if;
    if @told is null then insert into seen (said) values (said); set @told = 'yes'; end if;
    set @last = now(6) + 0;
  end//"
  for _ in $(seq 24); do sql d -e 'insert into t values (); insert into t values ()'; done
  sql d -e "select concat('false ', sum(said = 0), ' times, then true ', sum(said), ' times') from seen"
}
plain=$(ask '@last <=> 0')
guarded=$(ask '@last is not null and @last = 0')
echo "MySQL $version: @last <=> 0 in a fresh connection: $plain"
echo "MySQL $version: @last is not null and @last = 0: $guarded"
[ "$version" = 9.7.4 ] && [ "$plain" = 'false 16 times, then true 8 times' ] && [ "$guarded" = 'false 24 times, then true 0 times' ]
