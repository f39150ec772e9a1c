/** A value, and whose it is. */
export interface Candidate<S> {
  readonly scope: S;
  /** JSON. */
  readonly value: unknown;
}

/** Where one part of a merged value comes from: the `path` is a JSON Pointer (RFC 6901) into the merged value. */
export interface Origin<S> {
  readonly path: string;
  readonly scope: S;
}

/**
 * The lists that are merged item by item: a JSON Pointer to each, and the property that tells its items apart, `{ '/plans': 'id' }`. `*` stands
 * for any item of a list.
 */
export type ListKeys = Readonly<Record<string, string>>;

/**
 * Merges JSON values, the nearest first. Plain objects are merged by key, in depth; of anything else the nearest wins, `null` and lists too,
 * and what lies behind it is hidden. A list that has a key is merged by it: an item of a nearer list is merged into the one of the same key,
 * and new items come last. If one of two lists has items without that key, or twice the same, the nearer list wins as a whole. The order of
 * keys and items is that of the farthest value, and then of those nearer to it.
 *
 * `origins` is told where each part comes from that is not merged further. Without it, parts that only one value has are not copied.
 */
export function mergeValues<S>(
  candidates: readonly Candidate<S>[],
  listKeys: ListKeys,
  origins?: (origin: Origin<S>) => void,
): unknown {
  const [first] = candidates;
  return first ? mergeAt(candidates as AtLeastOne<S>, { listKeys, origins }, '', '') : undefined;
}

type AtLeastOne<S> = readonly [Candidate<S>, ...Candidate<S>[]];

interface Merging<S> {
  readonly listKeys: ListKeys;
  readonly origins: ((origin: Origin<S>) => void) | undefined;
}

/** `place` is the path with `*` for the items of lists. */
function mergeAt<S>(candidates: AtLeastOne<S>, merging: Merging<S>, path: string, place: string): unknown {
  const [nearest] = candidates;
  const { listKeys, origins } = merging;
  // Nothing to merge, and nobody asks where it comes from.
  if (candidates.length === 1 && !origins) return nearest.value;
  const key = Object.hasOwn(listKeys, place) ? listKeys[place] : undefined;
  if (isPlainObject(nearest.value)) {
    const objects = candidates.slice(0, countWhile(candidates, isPlainObject)) as unknown as AtLeastOne<S>;
    if (objects.length > 1 || Object.keys(nearest.value).length > 0) return mergeObjects(objects, merging, path, place);
  } else if (key !== undefined && isKeyedBy(nearest.value, key)) {
    const lists = candidates.slice(
      0,
      countWhile(candidates, value => isKeyedBy(value, key)),
    ) as unknown as AtLeastOne<S>;
    if (nearest.value.length > 0 || lists.length > 1) return mergeLists(lists, key, merging, path, place);
  }
  origins?.({ path, scope: nearest.scope });
  return nearest.value;
}

function mergeObjects<S>(objects: AtLeastOne<S>, merging: Merging<S>, path: string, place: string): object {
  const parts = new Map<string, Candidate<S>[]>();
  for (const { scope, value } of objects.toReversed())
    for (const [name, item] of Object.entries(value as object)) put(parts, name, { scope, value: item });
  if (parts.size === 0) merging.origins?.({ path, scope: objects[0].scope });
  // Not by assignment: a property may be called `__proto__`.
  return Object.fromEntries(
    Array.from(parts, ([name, found]) => {
      const step = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      return [name, mergeAt(found as unknown as AtLeastOne<S>, merging, path + step, place + step)];
    }),
  );
}

function mergeLists<S>(
  lists: AtLeastOne<S>,
  key: string,
  merging: Merging<S>,
  path: string,
  place: string,
): readonly unknown[] {
  const items = new Map<unknown, Candidate<S>[]>();
  for (const { scope, value } of lists.toReversed())
    for (const item of value as readonly Keyed[]) put(items, item[key], { scope, value: item });
  if (items.size === 0) merging.origins?.({ path, scope: lists[0].scope });
  return Array.from(items.values(), (found, i) =>
    mergeAt(found as unknown as AtLeastOne<S>, merging, `${path}/${i}`, `${place}/*`),
  );
}

/** The values arrive farthest first, and each goes before those that are there. */
function put<K, S>(parts: Map<K, Candidate<S>[]>, name: K, candidate: Candidate<S>): void {
  const found = parts.get(name);
  if (found) found.unshift(candidate);
  else parts.set(name, [candidate]);
}

function countWhile(candidates: readonly Candidate<unknown>[], holds: (value: unknown) => boolean): number {
  const end = candidates.findIndex(({ value }) => !holds(value));
  return end === -1 ? candidates.length : end;
}

type Keyed = Readonly<Record<string, unknown>>;

/** A list whose items can be told apart by this property. */
export function isKeyedBy(value: unknown, key: string): value is readonly Keyed[] {
  if (!Array.isArray(value)) return false;
  const seen = new Set<unknown>();
  for (const item of value) {
    if (!isPlainObject(item) || !Object.hasOwn(item, key)) return false;
    const own = item[key];
    if ((typeof own !== 'string' && typeof own !== 'number') || seen.has(own)) return false;
    seen.add(own);
  }
  return true;
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
