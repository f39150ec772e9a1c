import type { StoredText } from '@tenantry/mikro-orm';
import type { Scope } from '@tenantry/protocol';
import { GROUPS_NAME } from '@tenantry/protocol/internal';
import { rememberProblems } from '../check/check-documents.ts';
import { rememberWarnings } from '../check/find-warnings.ts';
import type { FolderScan } from '../folder/folder-scan.ts';
import { type FoundOrphans, findOrphans, type MaxPrune } from '../plan/find-orphans.ts';
import type { LoadItem } from '../plan/load-item.ts';
import { originPrefix } from '../plan/origin.ts';
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
import { OwnedConfigs } from './owned-configs.ts';
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
  /** Without values: they may be secrets. */
  readonly wanted: readonly SaidFile[];
  readonly items: readonly LoadItem[];
}

type SaidFile = Pick<Wanted, 'config' | 'path' | 'sha256'>;

/** Brings what a folder says into the store, again and again, and remembers what it did. One import at a time. */
export class Importer {
  readonly #parts: WriteParts;
  readonly #options: ImportOptions;
  readonly #find = rememberProblems();
  readonly #warn = rememberWarnings();
  readonly #imported = new Map<Scope, Imported>();
  /** What this loader has set, by scope and config; undefined before the first import has asked. */
  #owned: OwnedConfigs | undefined;

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
    const { orphans, refusal, problems } = await this.#findOrphans(this.#owned, byScope, checked);
    const pruned = refusal === undefined ? orphans : [];
    const orphansOf = Map.groupBy(pruned, ({ scope }) => scope);
    const scopes = [...new Set([...byScope.keys(), ...orphansOf.keys()])];
    const due = scopes.filter(scope => call.all || orphansOf.has(scope) || this.#isChanged(scope, byScope.get(scope)));
    const plan = await this.#plan(due, byScope, orphansOf);
    const result = call.dryRun
      ? { items: [...plan.items.values()].flat(), transactions: 0, isRetryable: false, isUnsure: false }
      : await this.#write(plan, call);
    const fresh = Map.groupBy(result.items.map(withoutValue), ({ scope }) => scope);
    if (!call.dryRun) this.#remember(due, byScope, fresh);
    // It may have been written all the same, and its file may be gone before anybody looks.
    if (result.isUnsure) this.#owned = undefined;
    const items = scopes.flatMap(scope => fresh.get(scope) ?? this.#imported.get(scope)?.items ?? []);
    return {
      ...{ dryRun: call.dryRun ?? false, files: scan.files, items, counts: countsOf(items) },
      problems: [...checked.problems, ...problems],
      warnings: checked.documents.flatMap(each => this.#warn(each, this.#parts.store.definition(each.config))),
      transactions: result.transactions,
      prune: { orphans: orphans.length, refusal },
      ms: performance.now() - began,
      isRetryable: result.isRetryable,
    };
  }

  async #readOwned(): Promise<OwnedConfigs> {
    const { loader } = this.#options;
    const owned = new OwnedConfigs(loader);
    let cursor: string | undefined;
    do {
      const page = await this.#parts.store.stored.withOrigin(originPrefix(loader), { limit: 1_000, cursor });
      // The groups of a tenant that are taken away are a list of none.
      for (const { scope, config, origin } of page.items) owned.look(scope, config, { json: '', origin });
      cursor = page.cursor;
    } while (cursor !== undefined);
    return owned;
  }

  async #findOrphans(
    owned: OwnedConfigs,
    wanted: ReadonlyMap<Scope, readonly Wanted[]>,
    scan: FolderScan,
  ): Promise<FoundOrphans> {
    const isKnown = (config: string) => config === GROUPS_NAME || this.#parts.store.definition(config) !== undefined;
    const find = () => findOrphans(owned.scopes, wanted, scan, { ...this.#options, isKnown });
    const found = find();
    if (found.orphans.length === 0 || (found.refusal !== undefined && found.refusal !== 'too many')) return found;
    // What others have set since is not this loader's any more, and nothing of what may be too much.
    await this.#read([...new Set(found.orphans.map(({ scope }) => scope))], found.orphans);
    return find();
  }

  /** What is stored of some configs in some scopes, and of their groups. */
  async #read(scopes: readonly Scope[], said: readonly { readonly config: string; readonly scope: Scope }[]) {
    const names = new Set(said.map(({ config }) => config));
    const configs = fileConfigs(this.#parts.store).filter(({ name }) => names.has(name));
    const stored = await this.#parts.store.stored.ofMany(scopes, configs);
    for (const { scope, config } of said) this.#owned?.look(scope, config, stored.get(scope)?.get(config));
    return stored;
  }

  #isChanged(scope: Scope, wanted: readonly Wanted[] = []): boolean {
    const before = this.#imported.get(scope)?.wanted;
    return before?.length !== wanted.length || wanted.some((each, i) => !isSameFile(each, before[i] as SaidFile));
  }

  async #plan(
    scopes: readonly Scope[],
    byScope: ReadonlyMap<Scope, readonly Wanted[]>,
    orphansOf: ReadonlyMap<Scope, readonly Orphan[]>,
  ): Promise<Plan> {
    const saidIn = (some: readonly Scope[]): { readonly scope: Scope; readonly config: string }[] =>
      [byScope, orphansOf].flatMap(each => some.flatMap(scope => each.get(scope) ?? []));
    const read = (some: readonly Scope[]) => this.#read(some, saidIn(some));
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
      isUnsure: first.isUnsure || last.isUnsure,
    };
  }

  #remember(
    scopes: readonly Scope[],
    byScope: ReadonlyMap<Scope, readonly Wanted[]>,
    results: ReadonlyMap<Scope, readonly LoadItem[]>,
  ): void {
    for (const scope of scopes) {
      const items = results.get(scope) ?? [];
      for (const item of items) this.#owned?.note(item);
      // What was refused is tried again at the next import.
      if (items.some(({ action }) => action === 'refused')) this.#imported.delete(scope);
      else
        this.#imported.set(scope, {
          wanted: (byScope.get(scope) ?? []).map(({ config, path, sha256 }) => ({ config, path, sha256 })),
          items: items.filter(({ action }) => action !== 'prune').map(settled),
        });
    }
  }
}

/** An item of the next report: what is written stands. */
function settled(item: LoadItem): LoadItem {
  const { action } = item;
  return action === 'create' || action === 'update' || action === 'overwrite'
    ? { ...item, action: 'same', endLost: undefined }
    : item;
}

function withoutValue(item: LoadItem): LoadItem {
  const { scope, config, path, action, version, by, endLost, code, message } = item;
  return { scope, config, path, action, version, by, endLost, code, message };
}

function isSameFile(a: SaidFile, b: SaidFile): boolean {
  // Secrets are compared with what is stored, and not here: where they come from is not watched.
  return a.config === b.config && a.path === b.path && a.sha256 === b.sha256;
}
