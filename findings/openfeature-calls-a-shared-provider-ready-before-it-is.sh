#!/usr/bin/env bash
# @openfeature/server-sdk 1.23.0
#
# One provider serves two domains, as one connection to a flag server does. A good guess: it starts once, and `setProviderAndWait`
# of either domain resolves when it has started. Seen: it starts once, but for the second domain `setProviderAndWait` resolves at
# once, the client's status is READY, and its evaluations reach a provider that has not loaded anything; for the first domain the
# same provider is NOT_READY meanwhile. Should the start fail, the second domain is not told: it stays READY, the first is ERROR.
#
# Output seen:
#   second domain waited: first NOT_READY, second READY
#   second domain asks: caller's default (PROVIDER_NOT_READY of the provider itself)
#   first domain waited: first READY, second READY
#   starts: 1
#   failing start, second domain waited: first NOT_READY, second READY
#   failing start, first domain waited and was refused: first ERROR, second READY
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @openfeature/server-sdk@1.23.0 >/dev/null
cat >run.mjs <<'JS'
import { OpenFeature, ProviderNotReadyError } from '@openfeature/server-sdk';

class Provider {
  runsOn = 'server';
  metadata = { name: 'shared' };
  starts = 0;
  #loaded = false;
  #end = Promise.withResolvers();
  /** Ends the start. */
  end(error) {
    if (error) this.#end.reject(error);
    else this.#end.resolve();
  }
  async initialize() {
    this.starts++;
    await this.#end.promise;
    this.#loaded = true;
  }
  async resolveStringEvaluation() {
    if (!this.#loaded) throw new ProviderNotReadyError('nothing is loaded yet');
    return { value: 'loaded' };
  }
}

async function play(kind, error) {
  const provider = new Provider();
  const [first, second] = [`${kind}first`, `${kind}second`].map((domain) => OpenFeature.getClient(domain));
  const states = () => `first ${first.providerStatus}, second ${second.providerStatus}`;
  const one = OpenFeature.setProviderAndWait(`${kind}first`, provider);
  await OpenFeature.setProviderAndWait(`${kind}second`, provider);
  console.log(`${kind}second domain waited: ${states()}`);
  if (!error) {
    const { value, errorCode } = await second.getStringDetails('limit', "caller's default");
    console.log(`second domain asks: ${value} (${errorCode} of the provider itself)`);
  }
  provider.end(error);
  const how = await one.then(
    () => 'waited',
    () => 'waited and was refused',
  );
  console.log(`${kind}first domain ${how}: ${states()}`);
  if (!error) console.log(`starts: ${provider.starts}`);
}
OpenFeature.setLogger({ error() {}, warn() {}, info() {}, debug() {} });
await play('');
await play('failing start, ', new Error('the flag server is away'));
JS
node run.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
second domain waited: first NOT_READY, second READY
second domain asks: caller's default (PROVIDER_NOT_READY of the provider itself)
first domain waited: first READY, second READY
starts: 1
failing start, second domain waited: first NOT_READY, second READY
failing start, first domain waited and was refused: first ERROR, second READY
SEEN
