#!/usr/bin/env bash
# @aws-lambda-powertools/parameters 2.35.0 with @aws-sdk/client-appconfigdata 3.1169.0
#
# One function serves two stages, or the applications of two tenants, and asks AWS AppConfig for the configuration of each:
# `getAppConfig('limits', { application, environment })`. A good guess: each call answers for what it names, as its type wants an
# environment in every call. Seen: the first call of the process makes one client with its application and environment, and every later
# call is answered by that one, whatever it names, with `forceFetch` and after its `maxAge` too. Nothing is thrown or logged, and which
# answer a tenant gets depends on which call came first since the process began. A provider of its own for each (`new AppConfigProvider({
# application, environment })`) is right. Of the Python edition of the library the same is mentioned on the side in issue 2362 of
# powertools-lambda-python; of this one no thread was found.
#
# Output seen:
#   acme, dev: limit of acme in dev
#   acme, prod: limit of acme in dev
#   globex, prod: limit of acme in dev
#   globex, prod, forced: limit of acme in dev
#   asked of the server: acme dev
#   globex, prod, a provider of its own: limit of globex in prod
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts @aws-lambda-powertools/parameters@2.35.0 @aws-sdk/client-appconfigdata@3.1169.0
cat > try.js <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { AppConfigProvider, getAppConfig } from '@aws-lambda-powertools/parameters/appconfig';

/** The two calls of AppConfig's data plane: a session for an application and an environment, and what is configured there. */
const sessions = new Set();
const server = createServer(async (request, response) => {
  if (request.method === 'POST') {
    const { ApplicationIdentifier: application, EnvironmentIdentifier: environment } = await json(request);
    sessions.add(`${application} ${environment}`);
    response.writeHead(201, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ InitialConfigurationToken: `${application}/${environment}` }));
  } else {
    const token = new URL(request.url, 'http://localhost').searchParams.get('configuration_token');
    const [application, environment] = token.split('/');
    response.writeHead(200, { 'content-type': 'application/json', 'next-poll-configuration-token': token, 'next-poll-interval-in-seconds': '15' });
    response.end(JSON.stringify(`limit of ${application} in ${environment}`));
  }
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.env.AWS_ENDPOINT_URL_APPCONFIGDATA = `http://127.0.0.1:${server.address().port}`;
Object.assign(process.env, { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' });

const transform = 'json';
const read = (application, environment, more) => getAppConfig('limits', { application, environment, transform, ...more });
console.log(`acme, dev: ${await read('acme', 'dev')}`);
console.log(`acme, prod: ${await read('acme', 'prod')}`);
console.log(`globex, prod: ${await read('globex', 'prod')}`);
console.log(`globex, prod, forced: ${await read('globex', 'prod', { forceFetch: true })}`);
console.log(`asked of the server: ${[...sessions].join(', ')}`);
const own = new AppConfigProvider({ application: 'globex', environment: 'prod' });
console.log(`globex, prod, a provider of its own: ${await own.get('limits', { transform })}`);
process.exit(0);
JS
node try.js | tee seen.txt
diff seen.txt - <<'SEEN'
acme, dev: limit of acme in dev
acme, prod: limit of acme in dev
globex, prod: limit of acme in dev
globex, prod, forced: limit of acme in dev
asked of the server: acme dev
globex, prod, a provider of its own: limit of globex in prod
SEEN
