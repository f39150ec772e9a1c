import type { AnyConfig } from '@tenantry/protocol';
import { defineGroups, encodeConfigValue } from '@tenantry/protocol/internal';
import type { FolderParts } from './folder-parts.ts';
import type { Identities, Identity } from './identity.ts';
import { writeScope } from './write-scope.ts';

const GROUPS = defineGroups();

/** Options of a change of groups. */
export type GroupOptions = Identity & {
  readonly ifVersion?: number | undefined;
  readonly origin?: string | undefined;
};

/** Writes the groups of a scope, or takes them away. */
export async function writeGroupsOf(
  parts: FolderParts,
  identities: Identities,
  tenant: string,
  groups: readonly string[] | undefined,
  { ifVersion, origin = 'api', ...identity }: GroupOptions,
) {
  const json = groups && encodeConfigValue(GROUPS, groups);
  const wanted = { config: GROUPS as AnyConfig, next: () => json, mustBeSet: groups === undefined, ifVersion, origin };
  const written = await writeScope(parts, tenant, [wanted], identities.of(identity));
  const version = written[0]?.revision.version ?? 0;
  return { version, policy: GROUPS.writePolicy, published: 'now', persisted: true } as const;
}
