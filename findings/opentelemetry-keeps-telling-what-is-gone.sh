#!/usr/bin/env bash
# @opentelemetry/sdk-metrics 3.1.1, read by @opentelemetry/exporter-prometheus 0.301.0 (cumulative values)
#
# A callback observes one number for each tenant that there is. Two good guesses: a tenant that is no longer observed is no longer told
# (the specification: an SDK should tell no data of attributes that the callback did not observe), and with more tenants than an
# instrument takes (2,000) their sum stays right, since the rest is told as one point with `otel.metric.overflow`, as it is for a
# counter. Seen: the tenant's last number is told for ever, as if it were there, and keeps one of the 2,000 places: where tenants come and
# go, none of those that are there has a point of its own in the end. The point of the rest is not their sum but the number of the
# tenant that was observed last: of 3,000 tenants that hold 1 each, 2,000 are told in all.
#
# Output seen:
#   both there: lag of acme 7, globex 7; held by acme 7, globex 7
#   globex gone: lag of acme 3, globex 7; held by acme 3, globex 7
#   all gone: lag of acme 3, globex 7; held by acme 3, globex 7
#   1,500 tenants, then 1,500 others, then others again: of those that are there 1500, 499, 0 are told
#   3,000 tenants that hold 1: counter 3000, its overflow 1001; observed 2000, its overflow 1
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @opentelemetry/sdk-metrics@3.1.1 @opentelemetry/exporter-prometheus@0.301.0 \
  @opentelemetry/api@1.10.0 >/dev/null
cat >run.mjs <<'JS'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';

const reader = new PrometheusExporter({ preventServerStart: true });
const meter = new MeterProvider({ readers: [reader] }).getMeter('finding');
async function points(name) {
  const { resourceMetrics } = await reader.collect();
  const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  return metrics.find((metric) => metric.descriptor.name === name).dataPoints;
}

const held = new Map([
  ['acme', 7],
  ['globex', 7],
]);
const observe = (result) => held.forEach((value, tenant) => result.observe(value, { tenant }));
meter.createObservableGauge('lag').addCallback(observe);
meter.createObservableUpDownCounter('held').addCallback(observe);
const tell = async (name) => (await points(name)).map(({ attributes, value }) => `${attributes.tenant} ${value}`).join(', ');
const tellBoth = async (when) => console.log(`${when}: lag of ${await tell('lag')}; held by ${await tell('held')}`);
await tellBoth('both there');
held.delete('globex');
held.set('acme', 3);
await tellBoth('globex gone');
held.clear();
await tellBoth('all gone');

let first = 0;
meter.createObservableGauge('passing').addCallback((result) => {
  for (let n = first; n < first + 1_500; n++) result.observe(1, { tenant: n });
});
const told = [];
for (first of [0, 1_500, 3_000]) told.push((await points('passing')).filter(({ attributes }) => attributes.tenant >= first).length);
console.log(`1,500 tenants, then 1,500 others, then others again: of those that are there ${told.join(', ')} are told`);

const tenants = Array.from({ length: 3_000 }, (_, n) => `t${n}`);
const counter = meter.createUpDownCounter('counted');
for (const tenant of tenants) counter.add(1, { tenant });
meter.createObservableUpDownCounter('observed').addCallback((result) => {
  for (const tenant of tenants) result.observe(1, { tenant });
});
async function sum(name) {
  const all = await points(name);
  const overflow = all.find(({ attributes }) => attributes['otel.metric.overflow']).value;
  return `${all.reduce((total, { value }) => total + value, 0)}, its overflow ${overflow}`;
}
console.log(`3,000 tenants that hold 1: counter ${await sum('counted')}; observed ${await sum('observed')}`);
JS
node run.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
both there: lag of acme 7, globex 7; held by acme 7, globex 7
globex gone: lag of acme 3, globex 7; held by acme 3, globex 7
all gone: lag of acme 3, globex 7; held by acme 3, globex 7
1,500 tenants, then 1,500 others, then others again: of those that are there 1500, 499, 0 are told
3,000 tenants that hold 1: counter 3000, its overflow 1001; observed 2000, its overflow 1
SEEN
