#!/usr/bin/env bash
# @mikro-orm/core 7.2.1
#
# A plugin reports trouble through the application's own logger, `orm.config.getLogger()`. It has `warn` and `error`, so a
# good guess is that an error is printed in an ordinary application. Seen: with the default options `warn` and `error` print
# nothing at all; they are gated by `debug`, as queries are. With `debug: true` both are printed. With `debug: ['warn']`, the
# method's name, neither is: the names in that list are namespaces, the first argument of the call.
#
# Who writes a plugin prints what must be seen itself (console.warn, process.emitWarning), or asks for a function.
#
# Output seen:
#   @mikro-orm/core 7.2.1
#   defaults: nothing
#   debug ["warn","error"]: nothing
#   debug ["plugin"]: [plugin] a warning, [plugin] an error
#   debug true: [plugin] a warning, [plugin] an error
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent @mikro-orm/core@7.2.1 @mikro-orm/sqlite@7.2.1
cat >seen.mjs <<'E'
import { defineEntity, MikroORM, p } from '@mikro-orm/sqlite';

const Thing = defineEntity({ name: 'Thing', properties: { id: p.integer().primary() } });
const debug = process.argv[2] ? { debug: JSON.parse(process.argv[2]) } : {};
const orm = await MikroORM.init({ entities: [Thing], dbName: ':memory:', colors: false, ...debug });
orm.config.getLogger().warn('plugin', 'a warning');
orm.config.getLogger().error('plugin', 'an error');
await orm.close();
E
said() {
  local lines
  lines=$(node seen.mjs "$@" 2>&1 | grep -F '[plugin]' | paste -s -d, | sed 's/,/, /g')
  echo "${lines:-nothing}"
}
out="defaults: $(said)
debug [\"warn\",\"error\"]: $(said '["warn","error"]')
debug [\"plugin\"]: $(said '["plugin"]')
debug true: $(said true)"
echo "@mikro-orm/core 7.2.1"
echo "$out"
[ "$out" = 'defaults: nothing
debug ["warn","error"]: nothing
debug ["plugin"]: [plugin] a warning, [plugin] an error
debug true: [plugin] a warning, [plugin] an error' ]
