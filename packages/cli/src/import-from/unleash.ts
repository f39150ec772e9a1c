import { wrongUse } from '../failures/failure.ts';
import { isObject } from '../json/is-object.ts';
import { CollectedValues } from './collect-values.ts';
import type { ImportMap } from './import-map.ts';
import type { Imported, ImportSource } from './imported.ts';
import { allObjects, chosenEnvironment, type Found, objectsOf, readJson, textOf } from './look-into.ts';
import { tenantsOf } from './tenants-of.ts';

/** What the file says of one feature in one environment. */
interface Feature {
  readonly name: string;
  /** Undefined: nothing says so. */
  readonly isOn: boolean | undefined;
  readonly isArchived: boolean;
  readonly strategies: readonly Found[];
  readonly variants: readonly Found[];
  readonly dependsOn: boolean;
}

/**
 * Unleash: an export of features (of the state, with `featureEnvironments`, or of one environment), or what its client API answers. A feature becomes a config
 * that is true or false: false where it is off, true where a strategy lets everybody have it. A strategy for certain tenants alone makes
 * true of theirs and false of everybody else's. What asks for anything else is noted.
 */
export function fromUnleash(source: ImportSource, map: ImportMap): Imported {
  const values = new CollectedValues(source.file);
  const content = readJson(source.text, source.file);
  if (!isObject(content) || !Array.isArray(content.features))
    throw wrongUse(`${source.file} has no \`features\`: it is no export of Unleash.`);
  const segments = new Map(objectsOf(content.segments).map(each => [String(each.id), each]));
  for (const [i, feature] of featuresOf(content, source).entries()) {
    if (feature === undefined) {
      values.note(`item ${i + 1}`, 'it is no feature with a name');
      continue;
    }
    const to = map.configOf(feature.name);
    if (to === null) continue;
    const { config, path } = to ?? { config: feature.name, path: [] };
    const put = (scope: string, value: boolean) => values.put(feature.name, scope, config, path, value);
    const everybody = source.scope ?? 'global';
    if (feature.isArchived) {
      values.note(feature.name, 'it is archived');
      continue;
    }
    if (feature.isOn === undefined) {
      values.note(feature.name, 'the file does not say whether it is on there: it has no value');
      continue;
    }
    const used = feature.strategies.filter(({ disabled }) => disabled !== true);
    // A strategy may have variants of its own.
    const variants = [...feature.variants, ...used.flatMap(strategy => objectsOf(strategy.variants ?? []))];
    if (variants.length > 0)
      values.note(feature.name, `its ${variants.length} variants are left out: a config is true or false`);
    if (feature.dependsOn) values.note(feature.name, 'that it depends on another feature is left out');
    if (!feature.isOn) {
      put(everybody, false);
      continue;
    }
    const audiences = used.map(strategy => audienceOf(strategy, segments, source.tenantField));
    if (used.length === 0 || audiences.includes('everybody')) {
      put(everybody, true);
      continue;
    }
    const unclear = audiences.flatMap(audience =>
      typeof audience === 'object' && 'why' in audience ? audience.why : [],
    );
    if (unclear.length > 0) {
      values.note(
        feature.name,
        `it is on for some only (${[...new Set(unclear)].join('; ')}): no value says that, so it has none`,
      );
      continue;
    }
    put(everybody, false);
    const tenants = audiences.flatMap(audience =>
      typeof audience === 'object' && 'tenants' in audience ? audience.tenants : [],
    );
    for (const tenant of new Set(tenants)) put(`tenants/${tenant}`, true);
  }
  return values.done();
}

function featuresOf(content: Found, source: ImportSource): readonly (Feature | undefined)[] {
  const states = objectsOf(content.featureEnvironments);
  const strategies = objectsOf(content.featureStrategies);
  const environments = states.flatMap(state => textOf(state.environment) ?? []);
  const environment = chosenEnvironment(source.environment, environments, source.file);
  const isThere = (each: Found) =>
    each.environment === undefined || each.environment === null || each.environment === environment;
  const segmentsOf = Map.groupBy(objectsOf(content.featureStrategySegments), each => String(each.featureStrategyId));
  const links = new Map(Map.groupBy(objectsOf(content.dependencies), each => String(each.feature ?? each.child)));
  return (content.features as readonly unknown[]).map(feature => {
    const name = isObject(feature) ? textOf(feature.name) : undefined;
    if (!isObject(feature) || !name) return undefined;
    const state = states.find(each => each.featureName === name && isThere(each));
    const own = strategies.filter(each => each.featureName === name && isThere(each));
    const withSegments = own.map(each => ({
      ...each,
      segments: each.segments ?? (segmentsOf.get(String(each.id)) ?? []).map(({ segmentId }) => segmentId),
    }));
    const variants = objectsOf(state?.variants ?? feature.variants ?? []);
    return {
      ...{ name, variants, isArchived: feature.archived === true },
      isOn: booleanOf(state?.enabled ?? feature.enabled),
      strategies: states.length > 0 || strategies.length > 0 ? withSegments : objectsOf(feature.strategies ?? []),
      dependsOn: links.has(name) || (Array.isArray(feature.dependencies) && feature.dependencies.length > 0),
    };
  });
}

function booleanOf(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

type Audience = 'everybody' | { readonly tenants: readonly string[] } | { readonly why: string };

/** For whom a strategy switches a feature on. */
function audienceOf(strategy: Found, segments: ReadonlyMap<string, Found>, tenantField: string | undefined): Audience {
  const name = textOf(strategy.strategyName) ?? textOf(strategy.name) ?? '?';
  const parameters = isObject(strategy.parameters) ? strategy.parameters : {};
  const rollout = Number(parameters.rollout ?? 100);
  if (name !== 'default' && name !== 'flexibleRollout') return { why: `strategy ${name}` };
  if (Number.isNaN(rollout)) return { why: 'a rollout that cannot be read' };
  if (rollout !== 100) return { why: `a rollout of ${rollout} %` };
  const ids = Array.isArray(strategy.segments) ? strategy.segments : [];
  const inSegments = ids.map(id => {
    const segment = segments.get(String(id));
    // An export of one environment has the segment's name alone. As a segment without conditions it would be for everybody.
    const constraints = segment?.constraints ?? undefined;
    return constraints !== undefined
      ? allObjects(constraints)
      : [{ contextName: `segment ${String(segment?.name ?? id)}` }];
  });
  const lists = [allObjects(strategy.constraints), ...inSegments];
  // Without them it would be for everybody.
  if (lists.includes(undefined)) return { why: 'conditions that cannot be read' };
  const constraints = lists.flatMap(list => list ?? []);
  if (constraints.length === 0) return 'everybody';
  const [only] = constraints;
  const isOfTenants = constraints.length === 1 && only?.operator === 'IN' && only.inverted !== true;
  const tenants = tenantsOf(only?.values);
  if (isOfTenants && only?.contextName === tenantField && tenants) return { tenants };
  return { why: `a condition on ${constraints.map(({ contextName }) => String(contextName)).join(', ')}` };
}
