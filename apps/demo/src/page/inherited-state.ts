import { isDeepStrictEqual } from 'node:util';
import type { Scope } from '@tenantry/protocol';
import { refName } from '../definitions/catalogue.ts';
import { GROUP, serviceLevel } from '../definitions/service-level.ts';
import { seenAt } from '../supervisor/change.ts';
import type { Demo } from '../supervisor/demo.ts';
import { inherit, scopesOf } from '../supervisor/inherit.ts';
import type { StoredScopes } from '../supervisor/read-scopes.ts';
import type { ReaderProcess } from '../supervisor/reader-process.ts';

/** The inherited setting of a tenant as the page shows it: what each scope says, what comes of it, and what readers have. */
export async function inheritedState(demo: Demo, tenant: string, stored: StoredScopes) {
  const { value, version, from } = inherit(stored, tenant);
  const scopes: readonly Scope[] = [`tenants/${tenant}`, `groups/${GROUP}`, 'global'];
  const name = refName({ tenant, setting: 'service-level' });
  const readerState = async (reader: ReaderProcess) => {
    const entry = reader.sightings(name).at(-1)?.entry;
    // One that is being restarted explains nothing.
    const explained = await reader.explain({ tenant, setting: 'service-level' }).catch(() => undefined);
    const committedAt = demo.committedAt.get(name);
    const at = committedAt === undefined ? undefined : seenAt(reader, { name, value }, committedAt);
    return {
      value: entry?.value,
      version: entry?.version,
      from: explained?.from ?? {},
      isStale: entry?.stale ?? true,
      isFromFile: entry?.origin === 'snapshot',
      isCurrent: entry?.version === version && isDeepStrictEqual(entry?.value, value),
      ms: at === undefined || committedAt === undefined ? undefined : at - committedAt,
    };
  };
  return {
    setting: serviceLevel.name,
    group: GROUP,
    isMember: scopesOf(stored, tenant).includes(`groups/${GROUP}`),
    scopes: scopes.map(scope => ({ scope, value: stored.layers.find(layer => layer.scope === scope)?.value })),
    default: serviceLevel.default,
    from,
    value,
    readers: await Promise.all(demo.parts.readers.map(readerState)),
  };
}
