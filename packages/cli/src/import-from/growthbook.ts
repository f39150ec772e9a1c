import { wrongUse } from '../failures/failure.ts';
import { isObject } from '../json/is-object.ts';
import { parseJson } from '../json/raw-numbers.ts';
import { CollectedValues } from './collect-values.ts';
import type { ImportMap } from './import-map.ts';
import type { Imported, ImportSource } from './imported.ts';
import { chosenEnvironment, type Found, objectsOf, readJson, textOf } from './look-into.ts';
import { tenantsOf } from './tenants-of.ts';

/** What the file says of one feature, in one environment. */
interface Feature {
  readonly name: string;
  readonly value: unknown;
  /** In their order; undefined: nobody can read them. */
  readonly rules: readonly unknown[] | undefined;
  /** Whether other features decide about it, too. */
  readonly dependsOn?: boolean | undefined;
  /** Why it has no value here; undefined: it has one. */
  readonly problem?: string | undefined;
}

/**
 * GrowthBook: the payload of its SDKs, or features as its API lists them. A feature becomes a config with its default value, or with that of the first rule that
 * forces one for everybody. A rule before that which forces a value for certain tenants alone makes theirs. Every other rule is noted.
 */
export function fromGrowthbook(source: ImportSource, map: ImportMap): Imported {
  const values = new CollectedValues(source.file);
  const content = readJson(source.text, source.file);
  if (isObject(content) && content.encryptedFeatures !== undefined)
    throw wrongUse(`${source.file} is encrypted: export it without.`);
  for (const [at, { name, value, rules, dependsOn, problem }] of featuresOf(content, source).entries()) {
    if (name === '') {
      values.note(`item ${at + 1}`, 'it is no feature with an id');
      continue;
    }
    const to = map.configOf(name);
    if (to === null) continue;
    if (problem !== undefined) {
      values.note(name, problem);
      continue;
    }
    if (dependsOn) values.note(name, 'that it depends on another feature is left out');
    const { config, path } = to ?? { config: name, path: [] };
    let effective = value;
    const ofTenants = new Map<string, unknown>();
    if (rules === undefined) values.note(name, 'its rules are left out: they cannot be read');
    for (const [i, rule] of (rules ?? []).entries()) {
      if (isObject(rule) && rule.enabled === false) continue;
      const target = isObject(rule) ? targetOf(rule, source.tenantField) : { why: 'it cannot be read' };
      if (typeof target === 'object' && 'why' in target) values.note(name, `rule ${i + 1} is left out: ${target.why}`);
      else if (target === 'everybody') effective = (rule as Found).force;
      // The first rule that fits counts.
      else
        for (const tenant of target.tenants) if (!ofTenants.has(tenant)) ofTenants.set(tenant, (rule as Found).force);
      if (target === 'everybody') break;
    }
    if (effective === undefined || effective === null) values.note(name, 'it has no default value');
    else values.put(name, source.scope ?? 'global', config, path, effective);
    for (const [tenant, own] of ofTenants) values.put(name, `tenants/${tenant}`, config, path, own);
  }
  return values.done();
}

function featuresOf(content: unknown, { environment: wanted, file }: ImportSource): readonly Feature[] {
  const features = featuresIn(content);
  if (Array.isArray(features)) {
    const there = objectsOf(features).flatMap(({ environments }) =>
      isObject(environments) ? Object.keys(environments) : [],
    );
    const environment = chosenEnvironment(wanted, there, file);
    return features.map(feature => listedFeature(isObject(feature) ? feature : {}, environment));
  }
  if (!isObject(features) || !Object.values(features).every(isObject))
    throw wrongUse(`${file} has no \`features\`: it is no payload and no list of features of GrowthBook.`);
  if (wanted !== undefined) throw wrongUse('A payload of GrowthBook is of one environment: leave --environment out.');
  return Object.entries(features as Readonly<Record<string, Found>>).map(([name, feature]) => {
    return { name, value: feature.defaultValue, rules: rulesOf(feature.rules) };
  });
}

/** The features of a list, one feature of its own, or the features of a payload by their names. */
function featuresIn(content: unknown): unknown {
  if (!isObject(content)) return content;
  if (content.features !== undefined) return content.features;
  return isObject(content.feature) && textOf(content.feature.id) ? [content.feature] : content;
}

/** As the API lists it: values are texts. Each environment has its own rules (v1), or each rule its environments (v2). */
function listedFeature(feature: Found, environment: string | undefined): Feature {
  const name = textOf(feature.id) ?? '';
  const environments = isObject(feature.environments) ? feature.environments : {};
  const here = environment === undefined ? undefined : environments[environment];
  const state = isObject(here) ? here : {};
  const type = textOf(feature.valueType) ?? 'string';
  const value = typed(state.defaultValue ?? feature.defaultValue, type);
  const listed = feature.rules === undefined ? rulesOf(state.rules) : rulesIn(environment, feature.rules);
  const rules = listed?.map(rule =>
    isObject(rule) && (rule.type === 'force' || rule.type === 'rollout')
      ? { ...rule, force: typed(rule.value, type) }
      : rule,
  );
  const off = state.enabled === true ? undefined : `it is off${environment === undefined ? '' : ` in ${environment}`}`;
  const dependsOn = Array.isArray(feature.prerequisites) && feature.prerequisites.length > 0;
  return {
    name,
    value,
    rules,
    dependsOn,
    problem: feature.archived === true ? 'it is archived' : (off ?? basedOn(feature)),
  };
}

/** Why its value is not that of everybody, or not all of it. */
function basedOn({ holdout, config }: Found): string | undefined {
  if (isObject(holdout)) return 'a holdout keeps some out of it';
  return typeof config === 'string' ? 'its value is built on a config of GrowthBook' : undefined;
}

/** The rules of an environment, each in its place: one of other environments is switched off here. */
function rulesIn(environment: string | undefined, rules: unknown): readonly unknown[] | undefined {
  return rulesOf(rules)?.map(rule => {
    if (!isObject(rule) || rule.allEnvironments === true) return rule;
    if (!Array.isArray(rule.environments)) return undefined;
    return rule.environments.includes(environment) ? rule : { enabled: false };
  });
}

function rulesOf(rules: unknown): readonly unknown[] | undefined {
  const list = rules ?? [];
  return Array.isArray(list) ? list : undefined;
}

function typed(value: unknown, type: string): unknown {
  if (typeof value !== 'string' || type === 'string') return value;
  try {
    return parseJson(value);
  } catch {
    return undefined;
  }
}

type Target = 'everybody' | { readonly tenants: readonly string[] } | { readonly why: string };

const EXPERIMENTS = ['variations', 'weights', 'seed', 'namespace', 'ranges', 'filters'] as const;
const MORE_CONDITIONS = ['savedGroupTargeting', 'savedGroups', 'prerequisites', 'scheduleRules'] as const;

/** Whom a rule is for. */
function targetOf(rule: Found, tenantField: string | undefined): Target {
  // Without a value it is one of the feature itself.
  if (rule.parentConditions !== undefined) return { why: 'it depends on another feature' };
  if (rule.force === undefined) return { why: 'it is an experiment, or forces no value' };
  if (typeof rule.config === 'string') return { why: 'its value is built on a config of GrowthBook' };
  const special = EXPERIMENTS.find(name => rule[name] !== undefined);
  if (special) return { why: `it has ${special}` };
  const more = MORE_CONDITIONS.find(name => (Array.isArray(rule[name]) ? (rule[name] as unknown[]).length > 0 : false));
  if (more) return { why: `it has ${more}` };
  const coverage = Number(rule.coverage ?? 1);
  if (Number.isNaN(coverage)) return { why: 'its share of all cannot be read' };
  if (coverage < 1) return { why: `it is for ${Math.round(coverage * 100)} % of all` };
  const condition = conditionOf(rule.condition);
  if (condition === undefined) return { why: 'its condition cannot be read' };
  const names = Object.keys(condition);
  if (names.length === 0) return 'everybody';
  const [field = ''] = names;
  const asked = condition[field];
  const tenants = tenantsOf(isObject(asked) && Object.keys(asked).length === 1 ? asked.$in : [asked]);
  if (names.length === 1 && field === tenantField && tenants) return { tenants };
  return { why: `it has a condition on ${names.join(', ')}` };
}

/** An object in a payload, JSON text in the API. */
function conditionOf(condition: unknown): Found | undefined {
  if (condition === undefined || condition === null || condition === '') return {};
  if (isObject(condition)) return condition;
  try {
    const parsed = typeof condition === 'string' ? parseJson(condition) : undefined;
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
