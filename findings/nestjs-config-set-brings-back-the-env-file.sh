#!/usr/bin/env bash
# @nestjs/config 12.0.1 with @nestjs/common and @nestjs/core 12.5.1
#
# A service has a `.env` file for development, and the real DATABASE_URL in its environment, which wins over the file. Later it sets
# another variable, DB_HOST, by `configService.set`, which the file's DATABASE_URL mentions. A good guess: DB_HOST changes, and what came
# from the environment stays. Seen: `set` reads the file again, and every line of it that mentions the name goes into `process.env`, over
# what is there. So from then on the production service has the URL, user and password of the file, with the new host in it; nothing
# is said, and `changes$` tells of DB_HOST alone. It is so without `expandVariables`, too, where `${DB_HOST}` in the file means nothing.
# With `cache: true` the service itself goes on with the old URL, and all that read `process.env` or are started by it get the new one. A value
# that is an object becomes "[object Object]" in `process.env`.
#
# Output seen:
#   at the start: get mysql://app:real@db.example/app
#   DB_HOST is set: get mysql://app:dev@replica.example/app, process.env mysql://app:dev@replica.example/app, told of DB_HOST
#   with expandVariables: get mysql://app:dev@replica.example/app, process.env mysql://app:dev@replica.example/app, told of DB_HOST
#   with cache: get mysql://app:real@db.example/app, process.env mysql://app:dev@replica.example/app, told of DB_HOST
#   an object: get {"seats":5}, process.env [object Object]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts @nestjs/config@12.0.1 @nestjs/common@12.5.1 @nestjs/core@12.5.1 reflect-metadata@0.2.2 rxjs@7.8.2
# shellcheck disable=SC2016
printf '%s\n' 'DB_HOST=localhost' 'DATABASE_URL=mysql://app:dev@${DB_HOST}/app' > .env
cat > try.js <<'JS'
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';

async function run(what, options) {
  delete process.env.DB_HOST;
  process.env.DATABASE_URL = 'mysql://app:real@db.example/app';
  class App {}
  Module({ imports: [ConfigModule.forRoot(options)] })(App);
  const app = await NestFactory.createApplicationContext(App, { logger: false });
  const config = app.get(ConfigService);
  const told = [];
  config.changes$.subscribe(({ path }) => told.push(path));
  const start = config.get('DATABASE_URL');
  if (what === 'DB_HOST is set') console.log(`at the start: get ${start}`);
  config.set('DB_HOST', 'replica.example');
  console.log(`${what}: get ${config.get('DATABASE_URL')}, process.env ${process.env.DATABASE_URL}, told of ${told}`);
  return config;
}
const config = await run('DB_HOST is set', {});
await run('with expandVariables', { expandVariables: true });
await run('with cache', { cache: true });
config.set('LIMITS', { seats: 5 });
console.log(`an object: get ${JSON.stringify(config.get('LIMITS'))}, process.env ${process.env.LIMITS}`);
process.exit(0);
JS
env -u DB_HOST -u DATABASE_URL -u LIMITS node try.js | tee seen.txt
diff seen.txt - <<'SEEN'
at the start: get mysql://app:real@db.example/app
DB_HOST is set: get mysql://app:dev@replica.example/app, process.env mysql://app:dev@replica.example/app, told of DB_HOST
with expandVariables: get mysql://app:dev@replica.example/app, process.env mysql://app:dev@replica.example/app, told of DB_HOST
with cache: get mysql://app:real@db.example/app, process.env mysql://app:dev@replica.example/app, told of DB_HOST
an object: get {"seats":5}, process.env [object Object]
SEEN
