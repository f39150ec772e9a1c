import type { Api } from '../../connection/api.ts';
import { atMost } from './at-most.ts';
import { readValues } from './read-all.ts';
import type { ServerDefinition } from './read-definitions.ts';
import { readScope } from './read-scope.ts';

/** What a scope has of one config. */
export interface Standing {
  /** 0: nothing was ever set. */
  readonly version: number;
  readonly isSet: boolean;
  /** What it sets, where that was asked for: JSON text, of a secret masked. */
  readonly json?: string | undefined;
}

/** What is read. */
export interface Wanted {
  readonly scopes: readonly string[];
  /** The configs of which values are wanted. */
  readonly definitions: readonly ServerDefinition[];
  /** Whose value is wanted; of the others whether they are set. */
  readonly isWanted: (scope: string, config: string) => boolean;
  /** Where that is all that is known, the version of a config that is not set must be asked for. */
  readonly configsOf: (scope: string) => Iterable<string>;
}

/** By scope, and by config. */
export type Standings = ReadonlyMap<string, ReadonlyMap<string, Standing>>;

const AT_ONCE = 8;
/** So many scopes are sooner read config by config, over all scopes. */
const MANY_SCOPES = 200;

/** What scopes have: scope by scope where they are few, and else config by config, whose pages have 500 scopes. */
export function readStandings(api: Api, wanted: Wanted): Promise<Standings> {
  return wanted.scopes.length > MANY_SCOPES ? readByConfig(api, wanted) : readByScope(api, wanted);
}

async function readByScope(api: Api, { scopes, isWanted }: Wanted): Promise<Standings> {
  const found = await atMost(AT_ONCE, scopes, async scope => {
    const standings = new Map<string, Standing>(await readScope(api, scope));
    for (const [config, { isSet }] of standings) {
      if (!isSet || !isWanted(scope, config)) continue;
      standings.set(config, await readOne(api, scope, config));
    }
    return [scope, standings] as const;
  });
  return new Map(found);
}

async function readByConfig(api: Api, { scopes, definitions, isWanted, configsOf }: Wanted): Promise<Standings> {
  const found = new Map<string, Map<string, Standing>>(scopes.map(scope => [scope, new Map()]));
  for await (const { scope, config, version, json } of readValues(api, definitions))
    found.get(scope)?.set(config, { version, isSet: true, ...(isWanted(scope, config) && { json }) });
  const unread = scopes.filter(scope => [...configsOf(scope)].some(config => !found.get(scope)?.has(config)));
  await atMost(AT_ONCE, unread, async scope => {
    const standings = found.get(scope) as Map<string, Standing>;
    for (const [config, { version, isSet }] of await readScope(api, scope)) {
      if (standings.has(config)) continue;
      // Written to Redis first, and not yet in the database.
      const isLate = isSet && isWanted(scope, config);
      standings.set(config, isLate ? await readOne(api, scope, config) : { version, isSet });
    }
  });
  return found;
}

async function readOne(api: Api, scope: string, config: string): Promise<Standing> {
  const { answer } = await api.call('configs.get', { names: { scope, config } });
  return { version: answer.version, isSet: answer.json !== undefined, json: answer.json };
}
