import type { Scope } from '@tenantry/protocol';
import type { LoadItem } from '../plan/load-item.ts';
import type { Orphan } from '../plan/plan-scope.ts';

/** What one loader has set, by scope. */
export class OwnedConfigs {
  readonly #byScope = new Map<Scope, Map<string, Orphan>>();

  add({ scope, config, path }: Orphan): void {
    const configs = this.#byScope.get(scope) ?? new Map<string, Orphan>();
    this.#byScope.set(scope, configs.set(config, { scope, config, path }));
  }

  /** Takes note of what an import did. */
  note(item: LoadItem): void {
    const { action, scope, config } = item;
    if (action === 'create' || action === 'update' || action === 'overwrite') this.add(item);
    if (action === 'prune' || action === 'drift') this.#byScope.get(scope)?.delete(config);
  }

  /** By scope and config. */
  get scopes(): ReadonlyMap<Scope, ReadonlyMap<string, Orphan>> {
    return this.#byScope;
  }
}
