import type { BackendStore } from '@tenantry/admin';
import type { AnyConfig } from '@tenantry/protocol';
import {
  chainOf,
  checkInherited,
  maskSecret,
  partAt,
  scopeOf,
  tenantOfScope,
  tenantText,
} from '@tenantry/protocol/internal';
import type { FolderParts } from './folder-parts.ts';
import { pageOf } from './pages.ts';
import { checkKnown } from './scope-configs.ts';

type Options = NonNullable<Parameters<BackendStore['whoOverrides']>[1]>;

/** The scopes below one that set a config themselves, groups first. */
export function whoOverrides(parts: FolderParts, config: AnyConfig, options: Options) {
  const { scope = 'global', path = '', ...page } = options;
  checkKnown(parts, config);
  checkInherited(config);
  const above = tenantText(tenantOfScope(scope));
  const memberships = parts.state.memberships();
  const found = [...parts.state.values(config)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([tenant, json]) => {
      if (tenant === above || !chainOf(tenant, memberships).includes(above)) return [];
      const part = partAt(JSON.parse(json), path);
      const version = parts.state.get(tenant, config)?.latest.version ?? 0;
      return part ? [{ scope: scopeOf(tenant), version, value: maskSecret(config, part.value) }] : [];
    });
  return pageOf(found, each => each.scope, page);
}
