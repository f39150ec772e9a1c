#!/usr/bin/env bash
# zod 4.6.7, arktype 2.2.10, valibot 1.5.0 with @valibot/to-json-schema 1.8.0; forms by @cfworker/json-schema 4.1.6 and ajv 8.20.0
#
# Zod, arktype and valibot say their schemas as JSON Schema through one interface, `~standard.jsonSchema.input(…)`: what may be put in. A
# form or a deploy tool that has that JSON Schema looks at a value before the server does. A good guess: JSON Schema may say less, so what the
# schema takes passes, or else the library refuses to say it. Seen: the flags of a regular expression are left out by zod and arktype
# (valibot refuses), so EU-West fails /^[a-z-]+$/i. Zod says a `trim()` or `toUpperCase()` before the pattern as nothing, a coerced
# number as a number, and a field with `catch` as required. `format` is "uri" for urls that are none by RFC 3986, and valibot's time and
# local date-time have no zone, as the formats of these names demand. A regular expression that is none with the flag `u`,
# which validators add, makes @cfworker and ajv throw for the whole schema. Such values can be written by a program, and by no form.
#
# Output seen (each value is valid for its schema):
#   zod, /i "EU-West": @cfworker refuses: pattern; ajv refuses: pattern
#   arktype, /i "EU-West": @cfworker refuses: pattern; ajv refuses: pattern
#   valibot, /i "EU-West": no JSON Schema
#   zod, upper case, then pattern "eu": @cfworker refuses: pattern; ajv refuses: pattern
#   zod, coerced number "5": @cfworker refuses: type; ajv refuses: type
#   zod, catch {}: @cfworker refuses: required; ajv refuses: required
#   zod, duration "PT0.5S": @cfworker refuses: format; ajv refuses: format
#   zod, url "https://example.org/größe": @cfworker refuses: format; ajv refuses: format
#   arktype, url "https://example.org/größe": @cfworker refuses: format; ajv refuses: format
#   valibot, time "02:30": @cfworker refuses: format; ajv refuses: format
#   valibot, date and time "2026-03-29T02:30": @cfworker refuses: format; ajv refuses: format
#   zod, [\w-.] "a-b": @cfworker throws; ajv throws
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts zod@4.6.7 arktype@2.2.10 valibot@1.5.0 @valibot/to-json-schema@1.8.0 \
  @cfworker/json-schema@4.1.6 ajv@8.20.0 ajv-formats@3.0.1 >/dev/null
cat >run.mjs <<'JS'
import { Validator } from '@cfworker/json-schema';
import { toStandardJsonSchema } from '@valibot/to-json-schema';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { type } from 'arktype';
import * as v from 'valibot';
import { z } from 'zod';

const text = (check) => toStandardJsonSchema(v.pipe(v.string(), check));
const cases = [
  ['zod, /i', z.string().regex(/^[a-z-]+$/i), 'EU-West'],
  ['arktype, /i', type(/^[a-z-]+$/i), 'EU-West'],
  ['valibot, /i', text(v.regex(/^[a-z-]+$/i)), 'EU-West'],
  ['zod, upper case, then pattern', z.string().toUpperCase().regex(/^[A-Z]+$/), 'eu'],
  ['zod, coerced number', z.coerce.number(), '5'],
  ['zod, catch', z.object({ seats: z.number().catch(1) }), {}],
  ['zod, duration', z.iso.duration(), 'PT0.5S'],
  ['zod, url', z.url(), 'https://example.org/größe'],
  ['arktype, url', type('string.url'), 'https://example.org/größe'],
  ['valibot, time', text(v.isoTime()), '02:30'],
  ['valibot, date and time', text(v.isoDateTime()), '2026-03-29T02:30'],
  ['zod, [\\w-.]', z.string().regex(/^[\w-.]+$/), 'a-b'],
];
const validators = {
  '@cfworker': (schema, value) => new Validator(schema, '2020-12').validate(value).errors.at(-1)?.keyword,
  ajv: (schema, value) => {
    const ajv = new Ajv.default();
    addFormats.default(ajv);
    ajv.validate(schema, value);
    return ajv.errors?.[0].keyword;
  },
};
function tried(validate, schema, value) {
  try {
    const keyword = validate(schema, value);
    return keyword === undefined ? 'takes it' : `refuses: ${keyword}`;
  } catch {
    return 'throws';
  }
}
function told(standard, value) {
  if (standard.validate(value).issues) return 'not valid';
  let schema;
  try {
    schema = standard.jsonSchema.input({ target: 'draft-2020-12' });
  } catch {
    return 'no JSON Schema';
  }
  return Object.entries(validators)
    .map(([name, validate]) => `${name} ${tried(validate, schema, value)}`)
    .join('; ');
}
for (const [name, schema, value] of cases) console.log(`${name} ${JSON.stringify(value)}: ${told(schema['~standard'], value)}`);
JS
node run.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
zod, /i "EU-West": @cfworker refuses: pattern; ajv refuses: pattern
arktype, /i "EU-West": @cfworker refuses: pattern; ajv refuses: pattern
valibot, /i "EU-West": no JSON Schema
zod, upper case, then pattern "eu": @cfworker refuses: pattern; ajv refuses: pattern
zod, coerced number "5": @cfworker refuses: type; ajv refuses: type
zod, catch {}: @cfworker refuses: required; ajv refuses: required
zod, duration "PT0.5S": @cfworker refuses: format; ajv refuses: format
zod, url "https://example.org/größe": @cfworker refuses: format; ajv refuses: format
arktype, url "https://example.org/größe": @cfworker refuses: format; ajv refuses: format
valibot, time "02:30": @cfworker refuses: format; ajv refuses: format
valibot, date and time "2026-03-29T02:30": @cfworker refuses: format; ajv refuses: format
zod, [\w-.] "a-b": @cfworker throws; ajv throws
SEEN
