import type { StoredText } from '@tenantry/mikro-orm';
import type { Scope } from '@tenantry/protocol';
import type { LoadItem } from '../plan/load-item.ts';
import { originPrefix, pathOfOrigin, saysGone } from '../plan/origin.ts';
import type { Orphan } from '../plan/plan-scope.ts';

/** What one loader has set, by scope. */
export class OwnedConfigs {
  readonly #loader: string;
  readonly #byScope = new Map<Scope, Map<string, Orphan>>();

  constructor(loader: string) {
    this.#loader = loader;
  }

  /**
   * Takes note of what is stored. A value that is as its file says may have been set by this loader all the same: by a commit whose answer was
   * lost, or by a process before this one that is not quite gone.
   */
  look(scope: Scope, config: string, found: Pick<StoredText, 'json' | 'origin'> | undefined): void {
    const { json, origin = '' } = found ?? {};
    const isMine = json !== undefined && origin.startsWith(originPrefix(this.#loader)) && !saysGone(origin);
    if (isMine) this.add({ scope, config, path: pathOfOrigin(this.#loader, origin) });
    else this.#remove(scope, config);
  }

  add({ scope, config, path }: Orphan): void {
    const configs = this.#byScope.get(scope) ?? new Map<string, Orphan>();
    this.#byScope.set(scope, configs.set(config, { scope, config, path }));
  }

  /** Takes note of what an import did. */
  note(item: LoadItem): void {
    const { action, scope, config } = item;
    if (action === 'create' || action === 'update' || action === 'overwrite') this.add(item);
    if (action === 'prune' || action === 'drift') this.#remove(scope, config);
  }

  #remove(scope: Scope, config: string): void {
    const configs = this.#byScope.get(scope);
    configs?.delete(config);
    if (configs?.size === 0) this.#byScope.delete(scope);
  }

  /** By scope and config. */
  get scopes(): ReadonlyMap<Scope, ReadonlyMap<string, Orphan>> {
    return this.#byScope;
  }
}
