#!/usr/bin/env bash
# @openfeature/server-sdk 1.23.0
#
# A provider that works is replaced by one that takes 400 ms to start (it connects, it loads). A good guess: the working one
# answers until the new one is ready, and an evaluation under way ends first. Seen: the working one is closed at once, in
# the middle of its evaluation, and until the new one is ready everybody gets the caller's default. A provider that is
# replaced while it starts is closed first and starts to its end after that: nobody closes what it has opened, and its
# "ready" is told to every handler. After OpenFeature.close() evaluations still go to the closed provider.
#
# Output seen:
#   first: closed
#   first: answers, though closed
#   while the second starts: caller's default
#   second: closed
#   third: ready, answers "third"
#   second: has started
#   told: PROVIDER_READY of second
#   after close(): answers "third"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @openfeature/server-sdk@1.23.0 >/dev/null
cat >run.mjs <<'JS'
import { setTimeout as sleep } from 'node:timers/promises';
import { OpenFeature, OpenFeatureEventEmitter, ProviderEvents } from '@openfeature/server-sdk';

let telling = true;
const say = (line) => telling && console.log(line);

class Provider {
  runsOn = 'server';
  events = new OpenFeatureEventEmitter();
  closed = false;
  constructor(name, { startMs = 0, answerMs = 0 } = {}) {
    this.metadata = { name };
    Object.assign(this, { startMs, answerMs });
  }
  async initialize() {
    await sleep(this.startMs);
    if (this.startMs > 0) say(`${this.metadata.name}: has started`);
  }
  async onClose() {
    this.closed = true;
    say(`${this.metadata.name}: closed`);
  }
  async resolveStringEvaluation() {
    await sleep(this.answerMs);
    if (this.answerMs > 0) say(`${this.metadata.name}: answers, ${this.closed ? 'though closed' : 'open'}`);
    return { value: this.metadata.name };
  }
}
const client = OpenFeature.getClient();
const ask = () => client.getStringValue('limit', "caller's default");

await OpenFeature.setProviderAndWait(new Provider('first', { answerMs: 200 }));
const underWay = ask();
await sleep(50);
const second = OpenFeature.setProviderAndWait(new Provider('second', { startMs: 400 }));
await underWay;
console.log(`while the second starts: ${await ask()}`);
client.addHandler(ProviderEvents.Ready, ({ providerName }) => {
  if (providerName === 'second') console.log(`told: PROVIDER_READY of ${providerName}`);
});
await OpenFeature.setProviderAndWait(new Provider('third'));
console.log(`third: ready, answers "${await ask()}"`);
await second;
await sleep(100);
telling = false;
await OpenFeature.close();
console.log(`after close(): answers "${await ask()}"`);
JS
node run.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
first: closed
first: answers, though closed
while the second starts: caller's default
second: closed
third: ready, answers "third"
second: has started
told: PROVIDER_READY of second
after close(): answers "third"
SEEN
