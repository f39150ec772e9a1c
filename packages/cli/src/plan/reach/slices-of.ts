import type { PlannedScope } from '../plan.ts';
import { type Asked, bytesOf, type PreviewedChange } from './asked.ts';

/** What one request may have. */
export interface Most {
  readonly changes: number;
  readonly bytes: number;
}

/** One of the requests that are about all changes together. */
export interface Slice {
  readonly changes: readonly PreviewedChange[];
  /** Whether its answer is right for a config of a scope, and no other slice is to be asked for it. */
  tells(scope: string, config: string): boolean;
}

/** What is decided together, because one has the other before it. */
interface Bundle {
  readonly scope: string;
  readonly changes: readonly PreviewedChange[];
  readonly bytes: number;
}

/**
 * All changes and groups, cut where one says nothing of the other. A tenant's value of a config comes of what it and the scopes above it say of that config,
 * and of its groups. So each slice has what groups and all tenants would get of some configs, the groups of groups, and some of the tenants, with all that is
 * theirs. What alone is more than a request may have is left out: the server says it when the plan is applied.
 */
export function* slicesOf(scopes: readonly PlannedScope[], all: readonly Asked[], most: Most): Generator<Slice> {
  const moves = scopes.flatMap(({ scope, groups }) => (groups ? { scope, groups: [...groups.groups] } : []));
  const moved = moves.filter(({ scope }) => !isTenant(scope));
  for (const configs of packs(all, most)) {
    const asked = all.filter(({ change }) => configs.has(change.config));
    const above = asked.filter(({ scope }) => !isTenant(scope));
    const base = { count: moved.length + above.length, bytes: bytesOfAll(above) };
    if (base.count > most.changes || base.bytes > most.bytes) continue;
    const bundles = bundlesOf(moves, asked);
    const apart = new Set(bundles.map(({ scope }) => scope));
    let isFirst = true;
    for (const slice of cut(bundles, { changes: most.changes - base.count, bytes: most.bytes - base.bytes })) {
      const own = new Set(slice.map(({ scope }) => scope));
      const tellsOthers = isFirst;
      isFirst = false;
      const changes = [...moved, ...above.map(({ body }) => body), ...slice.flatMap(bundle => bundle.changes)];
      if (changes.length === 0) continue;
      yield {
        changes,
        tells: (scope, config) => configs.has(config) && (own.has(scope) || (tellsOthers && !apart.has(scope))),
      };
    }
  }
}

/** The names of configs, as many together as leave half of a request to tenants. */
function* packs(all: readonly Asked[], most: Most): Generator<ReadonlySet<string>> {
  const byConfig = Map.groupBy(all, ({ change }) => change.config);
  let pack = new Set<string>();
  let [count, bytes] = [0, 0];
  for (const [config, asked] of byConfig) {
    const above = asked.filter(({ scope }) => !isTenant(scope));
    const size = bytesOfAll(above);
    if (pack.size > 0 && (count + above.length > most.changes / 2 || bytes + size > most.bytes / 2)) {
      yield pack;
      pack = new Set();
      [count, bytes] = [0, 0];
    }
    pack.add(config);
    count += above.length;
    bytes += size;
  }
  if (pack.size > 0) yield pack;
}

/** What each tenant has of its own: groups first, as its transaction has them. */
function bundlesOf(
  moves: readonly { readonly scope: string; readonly groups: string[] }[],
  asked: readonly Asked[],
): Bundle[] {
  const changes = new Map<string, PreviewedChange[]>();
  const bytes = new Map<string, number>();
  const add = (scope: string, change: PreviewedChange, size: number) => {
    if (!isTenant(scope)) return;
    const own = changes.get(scope) ?? [];
    own.push(change);
    changes.set(scope, own);
    bytes.set(scope, (bytes.get(scope) ?? 0) + size);
  };
  for (const move of moves) add(move.scope, move, 0);
  for (const each of asked) add(each.scope, each.body, bytesOf(each));
  return Array.from(changes, ([scope, own]) => ({ scope, changes: own, bytes: bytes.get(scope) ?? 0 }));
}

/** One slice at least: of what is above tenants. */
function* cut(bundles: readonly Bundle[], most: Most): Generator<readonly Bundle[]> {
  let slice: Bundle[] = [];
  let [count, bytes] = [0, 0];
  for (const bundle of bundles) {
    if (bundle.changes.length > most.changes || bundle.bytes > most.bytes) continue;
    if (count + bundle.changes.length > most.changes || bytes + bundle.bytes > most.bytes) {
      yield slice;
      slice = [];
      [count, bytes] = [0, 0];
    }
    slice.push(bundle);
    count += bundle.changes.length;
    bytes += bundle.bytes;
  }
  yield slice;
}

function bytesOfAll(asked: readonly Asked[]): number {
  return asked.reduce((sum, each) => sum + bytesOf(each), 0);
}

function isTenant(scope: string): boolean {
  return scope.startsWith('tenants/');
}
