import type { AdminBackend } from '@tenantry/admin';
import { GROUPS_NAME, nextValue, tenantOfScope, tenantText } from '@tenantry/protocol/internal';
import type { FolderParts } from './folder-parts.ts';
import type { Identities } from './identity.ts';
import { checkKnown } from './scope-configs.ts';
import { writeGroupsOf } from './write-groups.ts';
import { writeScope } from './write-scope.ts';

type Arguments = Parameters<AdminBackend['writeTogether']>;

/** Several configs of one scope, and before them its groups. Files know no transaction: where the configs are refused, the groups are taken back. */
export async function writeTogether(
  parts: FolderParts,
  identities: Identities,
  { scope, changes, groups }: { scope: Arguments[0]; changes: Arguments[1]; groups: Arguments[2] },
): Promise<ReadonlyMap<string, number>> {
  const wanted = changes.map(({ config, value, ifVersion, origin = 'api' }) => {
    checkKnown(parts, config);
    const next = nextValue(value === undefined ? 'unset' : 'set', config, value);
    return { config, next, ifVersion, mustBeSet: value === undefined, origin };
  });
  const tenant = tenantText(tenantOfScope(scope));
  const before = parts.state.memberships().get(tenant);
  const first = groups && (await writeGroupsOf(parts, identities, tenant, groups.groups, groups));
  try {
    const written = wanted.length > 0 ? await writeScope(parts, tenant, wanted, identities.of({})) : [];
    const versions = new Map(written.map(({ revision }, i) => [wanted[i]?.config.name as string, revision.version]));
    return first ? versions.set(GROUPS_NAME, first.version) : versions;
  } catch (error) {
    if (first) await writeGroupsOf(parts, identities, tenant, before, {}).catch(() => undefined);
    throw error;
  }
}
