import { isDeepStrictEqual } from 'node:util';
import type { AnyConfig } from '../definitions/config-definition.ts';
import { parseConfigValue } from '../definitions/config-value.ts';
import type { TenantryError } from '../errors/tenantry-error.ts';
import { checkAbove, checkBelow, checkKnown, noGroup } from '../scopes/check-groups.ts';
import { type Chains, type Memberships, type SetValues, settersOf, valueFrom } from '../scopes/layered-values.ts';
import { groupOf, type Scope, scopeOf, tenantText } from '../wire/scope.ts';
import { GLOBAL_TENANT } from '../wire/tenant-id.ts';
import type { NextValue } from './next-value.ts';
import { maskSecret } from './secret-mask.ts';

/** The value of one config in one scope, before and after. */
export interface ChangedValue {
  readonly scope: Scope;
  readonly config: string;
  /** As readers get it; with `expand` as it is stored, for their variables are not those of this process. Of a secret masked. Undefined: none. */
  readonly before: unknown;
  readonly after: unknown;
  /** Why the schema refuses the value after the changes: such a write is refused. */
  readonly fault: TenantryError | undefined;
}

/** A change that is not made yet, by the text of its scope: of groups, or of a value, where no `next` takes it away. */
export type WantedChange =
  | { readonly tenant: string; readonly groups: readonly string[] }
  | { readonly tenant: string; readonly config: AnyConfig; readonly next: NextValue | undefined };

/** Refused as the writes would be. All changes are made together: a group may be in one that another change makes. */
export function checkRegrouped(changes: readonly WantedChange[], memberships: Memberships): void {
  const regrouped = changes.flatMap(change => ('groups' in change ? change : []));
  for (const change of changes)
    if ('groups' in change) checkKnown(change.tenant, change.groups, memberships);
    else if (change.next !== undefined && !isKnown(change.tenant, memberships)) throw noGroup(change.tenant);
  for (const { tenant } of regrouped) checkAbove(tenant, memberships);
  // Only a group has others in it.
  for (const { tenant } of regrouped) if (groupOf(tenant) !== undefined) checkBelow(tenant, memberships);
}

function isKnown(tenant: string, memberships: Memberships): boolean {
  return groupOf(tenant) === undefined || memberships.has(tenant);
}

/** The values of a config after the changes. Throws what `next` throws: a mask may stand for what is not there. */
export function withChanges(values: SetValues, config: AnyConfig, changes: readonly WantedChange[]): SetValues {
  const after = new Map(values);
  for (const change of changes) {
    if (!('config' in change) || change.config !== config) continue;
    const json = change.next?.(values.get(change.tenant));
    if (json === undefined) after.delete(change.tenant);
    else after.set(change.tenant, json);
  }
  return after;
}

/** What readers have of a config, or why they have not. */
interface Effective {
  readonly value: unknown;
  readonly fault: TenantryError | undefined;
}

/** What decides the values of one config in all scopes, at one moment. */
export interface ChainedConfig {
  readonly chains: Chains;
  readonly values: SetValues;
}

/** The scopes in which readers have another value of a config after a change, in the order of their texts. */
export function changedValues(config: AnyConfig, before: ChainedConfig, after: ChainedConfig): ChangedValue[] {
  const scopes = [before, after].flatMap(({ chains, values }) => [...chains.memberships.keys(), ...values.keys()]);
  const mayDiffer = differsBy(before, after);
  const known = new Map<string, Effective>();
  const effective = ({ chains, values }: ChainedConfig, tenant: string): Effective => {
    const setters = settersOf(chains.of(tenant), values);
    // Many scopes have the same layers.
    const combination = setters.map(setter => `${setter}\n${values.get(setter)}`).join('\n\n');
    const found = known.get(combination) ?? toEffective(config, valueFrom(config, setters, values));
    known.set(combination, found);
    return found;
  };
  const changed: ChangedValue[] = [];
  const looked = [...new Set([tenantText(GLOBAL_TENANT), ...scopes])].filter(mayDiffer);
  for (const tenant of looked.sort()) {
    const [was, is] = [effective(before, tenant), effective(after, tenant)];
    if (was === is || (isDeepStrictEqual(was.value, is.value) && !is.fault)) continue;
    changed.push({
      scope: scopeOf(tenant),
      config: config.name,
      before: maskSecret(config, was.value),
      after: maskSecret(config, is.value),
      fault: is.fault,
    });
  }
  return changed;
}

/** Of the same groups only those scopes are others that inherit what is another. */
function differsBy(before: ChainedConfig, after: ChainedConfig): (tenant: string) => boolean {
  if (before.chains !== after.chains) return () => true;
  const all = new Set([...before.values.keys(), ...after.values.keys()]);
  const changed = [...all].filter(setter => before.values.get(setter) !== after.values.get(setter));
  const isChanged = new Set(changed);
  return tenant => after.chains.of(tenant).some(setter => isChanged.has(setter));
}

function toEffective(config: AnyConfig, value: unknown): Effective {
  if (value === undefined) return { value: undefined, fault: undefined };
  try {
    const output = parseConfigValue(config, value);
    // Whoever looks at a change is not to read this process's variables in it.
    return { value: config.expand.length > 0 ? value : output, fault: undefined };
  } catch (error) {
    return { value: undefined, fault: error as TenantryError };
  }
}
