import type { Client, Entry } from '@tenantry/sdk';
import type { SeededRandom } from '@tenantry/testing';
import { groupsRef, LAYERED_NAMES, layeredConfigs } from './layered-configs.ts';
import { SCOPED_TENANTS } from './scope-addresses.ts';
import type { LayeredName, Marks, SeenLayers } from './scopes-state.ts';

interface Place {
  readonly tenant: string;
  readonly config: LayeredName;
}

const PLACES: readonly Place[] = SCOPED_TENANTS.flatMap(tenant => LAYERED_NAMES.map(config => ({ tenant, config })));

/** What a reader's part in scopes tells. */
export interface ScopesListener {
  emission(seen: SeenLayers): void;
  /** The marks of both configs that every scope sets together, where neither is stale. */
  together(tenant: string, marks: readonly Marks[]): void;
}

/** Watches every inherited config of every tenant that is in groups. */
export function watchScopes(client: Client, listener: ScopesListener): void {
  for (const { tenant, config } of PLACES)
    client
      .tenant(tenant)
      .watchEntry<unknown>(layeredConfigs[config])
      .subscribe(entry => {
        listener.emission({ ...seen({ tenant, config }, entry), ...explained(client, { tenant, config }) });
        lookAtTwins(client, tenant, listener);
      });
}

/** One of them as it is in memory, and where it comes from. */
export function peekAtScopes(client: Client, random: SeededRandom): SeenLayers | undefined {
  return peek(client, random.pick(PLACES));
}

export function rememberedScopes(client: Client): SeenLayers[] {
  return PLACES.map(place => peek(client, place) ?? { ...place, value: undefined, version: undefined, stale: true });
}

/** Asks for one of them: more may be known afterwards than is in the answer, so nothing is explained. */
export async function askForScopes(client: Client, { tenant, config }: Place): Promise<SeenLayers> {
  return seen({ tenant, config }, await client.tenant(tenant).entry<unknown>(layeredConfigs[config]));
}

export const pickPlace = (random: SeededRandom): Place => random.pick(PLACES);

/** What a reader that has just started is given. */
export async function freshScopes(client: Client): Promise<SeenLayers[]> {
  const asked: SeenLayers[] = [];
  for (const place of PLACES) asked.push({ ...(await askForScopes(client, place)), ...explained(client, place) });
  return asked;
}

function peek(client: Client, { tenant, config }: Place): SeenLayers | undefined {
  const entry = client.tenant(tenant).peekEntry<unknown>(layeredConfigs[config]);
  return entry && { ...seen({ tenant, config }, entry), ...explained(client, { tenant, config }) };
}

function explained(client: Client, { tenant, config }: Place): Pick<SeenLayers, 'explained' | 'groupsVersion'> {
  const reader = client.tenant(tenant);
  const explanation = reader.explain<unknown>(layeredConfigs[config]);
  const groupsVersion = reader.peekEntry(groupsRef)?.version;
  if (!explanation) return { groupsVersion };
  const { value, layers, fields } = explanation;
  return {
    groupsVersion,
    explained: { value, fields, layers: layers.map(({ scope, version, value }) => ({ scope, version, value })) },
  };
}

function lookAtTwins(client: Client, tenant: string, listener: ScopesListener): void {
  const reader = client.tenant(tenant);
  const entries = [reader.peekEntry(layeredConfigs.merged), reader.peekEntry(layeredConfigs.twin)];
  if (entries.some(entry => entry === undefined || entry.stale)) return;
  listener.together(
    tenant,
    entries.map(entry => entry?.value?.marks ?? {}),
  );
}

function seen({ tenant, config }: Place, { value, version, stale, age }: Entry<unknown>): SeenLayers {
  return { tenant, config, value, version, stale, age };
}
