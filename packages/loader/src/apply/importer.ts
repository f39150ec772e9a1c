import type { StoredText } from '@tenantry/mikro-orm';
import type { Scope } from '@tenantry/protocol';
import { GROUPS_NAME } from '@tenantry/protocol/internal';
import { rememberProblems } from '../check/check-documents.ts';
import type { FolderScan } from '../folder/folder-scan.ts';
import { findOrphans, type MaxPrune } from '../plan/find-orphans.ts';
import type { LoadItem } from '../plan/load-item.ts';
import { isGone, originPrefix, pathOfOrigin } from '../plan/origin.ts';
import {
  type LoadPolicy,
  type Orphan,
  type PlannedItem,
  planOrphan,
  planScope,
  type Wanted,
} from '../plan/plan-scope.ts';
import type { SecretOptions } from '../secrets/resolve-secrets.ts';
import { checkScan, wantedOf } from './check-scan.ts';
import { countsOf, type LoadReport } from './load-report.ts';
import { type Plan, writePlan } from './write-plan.ts';
import { fileConfigs, type WriteParts } from './write-scope.ts';

/** How an import is made. */
export interface ImportOptions {
  readonly loader: string;
  readonly policy: LoadPolicy;
  readonly prune: boolean;
  readonly maxPrune: MaxPrune;
  readonly atOnce: number;
  readonly secrets: SecretOptions | undefined;
}

/** How one import is made. */
export interface ImportCall {
  readonly dryRun?: boolean;
  /** True: scopes whose files are as at the last import are compared with the store as well. */
  readonly all?: boolean;
  isClosed?(): boolean;
}

/** What a scope's files said when it was last imported, and what came of it. */
interface Imported {
  readonly mark: string;
  readonly items: readonly LoadItem[];
}

/** Brings what a folder says into the store, again and again, and remembers what it did. One import at a time. */
export class Importer {
  readonly #parts: WriteParts;
  readonly #options: ImportOptions;
  readonly #find = rememberProblems();
  readonly #imported = new Map<Scope, Imported>();
  /** What this loader has set, by scope and config; undefined before the first import has asked. */
  #owned: Map<string, Orphan> | undefined;

  constructor(parts: WriteParts, options: ImportOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /** Rejects with a `TenantryError` where the store cannot be read: nothing is written then. */
  async import(scan: FolderScan, call: ImportCall = {}): Promise<LoadReport & { readonly isRetryable: boolean }> {
    const began = performance.now();
    const checked = await checkScan(scan, this.#parts.store.definitions, this.#options.secrets, this.#find);
    const wanted = wantedOf(checked);
    const byScope = Map.groupBy(wanted, ({ scope }) => scope);
    this.#owned ??= await this.#readOwned();
    const { orphans, refusal } = findOrphans(this.#known(), wanted, checked, this.#options);
    const pruned = refusal === undefined ? orphans : [];
    const orphansOf = Map.groupBy(pruned, ({ scope }) => scope);
    const scopes = [...new Set([...byScope.keys(), ...orphansOf.keys()])];
    const due = scopes.filter(scope => call.all || orphansOf.has(scope) || this.#isChanged(scope, byScope.get(scope)));
    const plan = await this.#plan(due, byScope, orphansOf);
    const result = call.dryRun
      ? { items: [...plan.items.values()].flat(), transactions: 0, isRetryable: false }
      : await this.#write(plan, call);
    const fresh = Map.groupBy(result.items.map(withoutValue), ({ scope }) => scope);
    if (!call.dryRun) this.#remember(due, byScope, fresh);
    const items = scopes.flatMap(scope => fresh.get(scope) ?? this.#imported.get(scope)?.items ?? []);
    return {
      ...{
        dryRun: call.dryRun ?? false,
        files: scan.files,
        items,
        problems: checked.problems,
        counts: countsOf(items),
      },
      transactions: result.transactions,
      prune: { orphans: orphans.length, refusal },
      ms: performance.now() - began,
      isRetryable: result.isRetryable,
    };
  }

  async #readOwned(): Promise<Map<string, Orphan>> {
    const { loader } = this.#options;
    const owned = new Map<string, Orphan>();
    let cursor: string | undefined;
    do {
      const page = await this.#parts.store.stored.withOrigin(originPrefix(loader), { limit: 1_000, cursor });
      // The groups of a tenant that are taken away are a list of none.
      for (const { scope, config, origin } of page.items)
        if (!isGone(origin)) owned.set(`${scope}\0${config}`, { scope, config, path: pathOfOrigin(loader, origin) });
      cursor = page.cursor;
    } while (cursor !== undefined);
    return owned;
  }

  /** What this loader has set, of configs that this process knows. */
  #known(): Orphan[] {
    const { store } = this.#parts;
    return [...(this.#owned?.values() ?? [])].filter(
      ({ config }) => config === GROUPS_NAME || store.definition(config) !== undefined,
    );
  }

  #isChanged(scope: Scope, wanted: readonly Wanted[] | undefined): boolean {
    return this.#imported.get(scope)?.mark !== markOf(wanted);
  }

  async #plan(
    scopes: readonly Scope[],
    byScope: ReadonlyMap<Scope, readonly Wanted[]>,
    orphansOf: ReadonlyMap<Scope, readonly Orphan[]>,
  ): Promise<Plan> {
    const named = [byScope, orphansOf].flatMap(each => scopes.flatMap(scope => each.get(scope) ?? []));
    const names = new Set(named.map(({ config }) => config));
    const configs = fileConfigs(this.#parts.store).filter(({ name }) => names.has(name));
    const read = (some: readonly Scope[]) => this.#parts.store.stored.ofMany(some, configs);
    const planOf = (scope: Scope, stored: ReadonlyMap<string, StoredText> | undefined): PlannedItem[] => {
      const orphans = orphansOf.get(scope) ?? [];
      const pruned = orphans.flatMap(
        orphan => planOrphan(orphan, stored?.get(orphan.config), this.#options.loader) ?? [],
      );
      return [...planScope(byScope.get(scope) ?? [], stored, this.#options), ...pruned];
    };
    const stored = await read(scopes);
    return {
      items: new Map(scopes.map(scope => [scope, planOf(scope, stored.get(scope))])),
      planAgain: async scope => planOf(scope, (await read([scope])).get(scope)),
    };
  }

  async #write(plan: Plan, { isClosed = () => false }: ImportCall) {
    // A group is deleted once nobody is in it any more, and nothing is set in it: after everything else.
    const isDeletion = ({ action, config, scope }: PlannedItem) =>
      action === 'prune' && config === GROUPS_NAME && scope.startsWith('groups/');
    const options = { atOnce: this.#options.atOnce, isClosed };
    const split = (keep: (item: PlannedItem) => boolean): Plan => ({
      items: new Map([...plan.items].map(([scope, items]) => [scope, items.filter(keep)])),
      planAgain: async scope => (await plan.planAgain(scope)).filter(keep),
    });
    const first = await writePlan(
      this.#parts,
      split(item => !isDeletion(item)),
      options,
    );
    if (![...plan.items.values()].flat().some(isDeletion)) return first;
    const last = await writePlan(this.#parts, split(isDeletion), options);
    return {
      items: [...first.items, ...last.items],
      transactions: first.transactions + last.transactions,
      isRetryable: first.isRetryable || last.isRetryable,
    };
  }

  #remember(
    scopes: readonly Scope[],
    byScope: ReadonlyMap<Scope, readonly Wanted[]>,
    results: ReadonlyMap<Scope, readonly LoadItem[]>,
  ): void {
    for (const scope of scopes) {
      const items = results.get(scope) ?? [];
      for (const item of items) this.#note(item);
      // What was refused is tried again at the next import.
      if (items.some(({ action }) => action === 'refused')) this.#imported.delete(scope);
      else
        this.#imported.set(scope, {
          mark: markOf(byScope.get(scope)),
          items: items.filter(({ action }) => action !== 'prune').map(settled),
        });
    }
  }

  #note({ scope, config, path, action }: LoadItem): void {
    const key = `${scope}\0${config}`;
    if (action === 'create' || action === 'update' || action === 'overwrite')
      this.#owned?.set(key, { scope, config, path });
    if (action === 'prune' || action === 'drift') this.#owned?.delete(key);
  }
}

/** An item of the next report: what is written stands. */
function settled(item: LoadItem): LoadItem {
  const { action } = item;
  return action === 'create' || action === 'update' || action === 'overwrite' ? { ...item, action: 'same' } : item;
}

function withoutValue(item: LoadItem): LoadItem {
  const { scope, config, path, action, version, by, code, message } = item;
  return { scope, config, path, action, version, by, code, message };
}

function markOf(wanted: readonly Wanted[] | undefined): string {
  // Secrets are compared with what is stored, and not here: where they come from is not watched.
  return (wanted ?? []).map(({ config, path, sha256 }) => `${config}\0${path}\0${sha256}`).join('\n');
}
