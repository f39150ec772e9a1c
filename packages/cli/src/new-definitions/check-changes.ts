import type { AnyConfig } from '@tenantry/protocol';
import type { Api } from '../connection/api.ts';
import { readValues } from '../plan/read/read-all.ts';
import type { ServerDefinition, ServerDefinitions } from '../plan/read/read-definitions.ts';

/** Options whose change is no fault of a value, and still changes what is stored or who reads it. */
const COMPARED = ['inherit', 'writePolicy', 'persistence', 'secret', 'ttlMs'] as const;

/** The definition that the server has of a config, also under its former name. */
export function standingOf(config: AnyConfig, server: ServerDefinitions): ServerDefinition | undefined {
  return [config.name, ...config.aliases].map(name => server.find(name)).find(found => found !== undefined);
}

/** What a deploy of these definitions would change beside values: a sentence each. */
export async function* warningsOf(
  api: Api,
  configs: readonly AnyConfig[],
  server: ServerDefinitions,
): AsyncGenerator<string, void, undefined> {
  const kept = new Set<string>();
  for (const config of configs) {
    const standing = standingOf(config, server);
    if (!standing) continue;
    kept.add(standing.name);
    if (standing.name !== config.name)
      yield `${config.name}: it is called ${standing.name} now; its values stay where \`configKey\` is "${standing.name}"`;
    for (const option of COMPARED)
      if (standing[option] !== config[option])
        yield `${config.name}: \`${option}\` becomes ${textOf(config[option])}, and is ${textOf(standing[option])}`;
    if (config.inherit === 'none' && standing.inherit !== 'none') yield* lostLayers(api, standing);
  }
  for (const standing of server.all) {
    if (kept.has(standing.name)) continue;
    const count = await countValues(api, standing, () => true);
    if (count > 0) yield `${standing.name}: it is no longer defined, and ${scopes(count)} still set it`;
  }
}

async function* lostLayers(api: Api, standing: ServerDefinition): AsyncGenerator<string, void, undefined> {
  const count = await countValues(api, standing, scope => !scope.startsWith('tenants/'));
  if (count > 0) yield `${standing.name}: nobody inherits it any more, and ${scopes(count)} above tenants set it`;
}

async function countValues(
  api: Api,
  standing: ServerDefinition,
  isCounted: (scope: string) => boolean,
): Promise<number> {
  let count = 0;
  for await (const { scope } of readValues(api, [standing], () => undefined)) if (isCounted(scope)) count++;
  return count;
}

const textOf = (value: unknown) => (value === undefined ? 'left out' : JSON.stringify(value));

const scopes = (count: number) => `${count} ${count === 1 ? 'scope' : 'scopes'}`;
