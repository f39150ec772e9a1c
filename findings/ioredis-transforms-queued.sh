#!/usr/bin/env bash
# ioredis: a reply transformer is given 'QUEUED', and what it is applied to depends on how a command is sent.
#
# `Command.setReplyTransformer('get', text => text && JSON.parse(text))` is the documented way to change a command's replies. A good
# guess is that it sees values and nothing else, wherever a GET is sent. Seen with ioredis 6.0.0 and 5.11.1:
#   1. in multi() it is called twice for each GET: with 'QUEUED', what Redis says before EXEC, and with the value. What it throws for
#      'QUEUED' is swallowed, so nobody notices
#   2. in multi({ pipeline: false }) it is called with 'QUEUED' alone: the queued GET is rejected with a SyntaxError although
#      Redis took it, and what exec() answers is not transformed
#   3. a defined command is an EVAL at its first call on a connection and an EVALSHA at every later one: a transformer of one of
#      the two changes the first answer, or all but the first
#
# Output seen, of each version:
#   get: {"a":1}; the transformer saw ["{\"a\":1}"]
#   multi: {"a":1}; the transformer saw ["QUEUED","{\"a\":1}"]
#   multi, pipeline: false: "{\"a\":1}"; the transformer saw ["QUEUED"]; the GET was rejected with a SyntaxError
#   a defined command with a transformer of evalsha: 1, "changed", "changed"
# Exits with 0 where that is so, with 1 where it is not.
set -euo pipefail
folder=$(mktemp -d)
redis=
finish() {
  [ -z "$redis" ] || kill "$redis" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
cat > try.mjs <<'JS'
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const { Command, Redis } = require('ioredis');
const redis = new Redis(Number(process.argv[2]), '127.0.0.1');
const lines = [];
let seen = [];
const saw = () => `the transformer saw ${JSON.stringify(seen.splice(0))}`;
Command.setReplyTransformer('get', text => {
  seen.push(text);
  return text && JSON.parse(text);
});
await redis.set('key', '{"a":1}');
lines.push(`get: ${JSON.stringify(await redis.get('key'))}; ${saw()}`);
const [[, together]] = await redis.multi().get('key').exec();
lines.push(`multi: ${JSON.stringify(together)}; ${saw()}`);
await redis.multi({ pipeline: false });
const queued = redis.get('key').then(() => 'answered', error => `rejected with a ${error.name}`);
const [[, alone]] = await redis.exec();
lines.push(`multi, pipeline: false: ${JSON.stringify(alone)}; ${saw()}; the GET was ${await queued}`);
Command.setReplyTransformer('evalsha', () => 'changed');
redis.defineCommand('one', { numberOfKeys: 0, lua: 'return 1' });
const answers = [await redis.one(), await redis.one(), await redis.one()];
lines.push(`a defined command with a transformer of evalsha: ${answers.map(each => JSON.stringify(each)).join(', ')}`);
redis.disconnect();
console.log(`ioredis ${require('ioredis/package.json').version}, node ${process.version}:`);
for (const line of lines) console.log(`  ${line}`);
const stated = [
  'get: {"a":1}; the transformer saw ["{\\"a\\":1}"]',
  'multi: {"a":1}; the transformer saw ["QUEUED","{\\"a\\":1}"]',
  'multi, pipeline: false: "{\\"a\\":1}"; the transformer saw ["QUEUED"]; the GET was rejected with a SyntaxError',
  'a defined command with a transformer of evalsha: 1, "changed", "changed"',
];
if (JSON.stringify(lines) !== JSON.stringify(stated)) process.exitCode = 1;
JS
result=0
for version in 6.0.0 5.11.1; do
  rm -rf node_modules package.json package-lock.json
  echo '{ "private": true }' > package.json
  npm install --silent --no-audit --no-fund "ioredis@$version"
  port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
  redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no > /dev/null &
  redis=$!
  disown "$redis"
  until redis-cli -h 127.0.0.1 -p "$port" ping > /dev/null 2>&1; do sleep 0.1; done
  node try.mjs "$port" || result=1
  kill "$redis" 2>/dev/null || true
  redis=
done
[ "$result" = 0 ] && echo 'As stated.' || echo 'Not as stated.'
exit "$result"
