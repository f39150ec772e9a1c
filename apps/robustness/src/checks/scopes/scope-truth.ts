import { naiveChain } from '../../scopes/naive-chain.ts';
import { naiveValue } from '../../scopes/naive-merge.ts';
import {
  GROUPS_NAME,
  inScope,
  type LayeredName,
  type Marks,
  type ScopeRevision,
  type ScopesState,
  type SeenLayers,
} from '../../scopes/scopes-state.ts';
import { atTime } from '../checker.ts';

/** What the database says of scopes, at the end and in all the time before. */
export class ScopeTruth {
  readonly tables: ScopesState['tables'];
  readonly #revisions = new Map<string, ScopeRevision>();
  readonly #unset: readonly ScopeRevision[];
  readonly #marked = new Map<string, number[]>();
  /** Each scope's groups in all versions, the oldest first. */
  readonly #memberships = new Map<string, { readonly version: number; readonly groups: readonly string[] }[]>();

  constructor({ tables, revisions }: ScopesState) {
    this.tables = tables;
    this.#unset = revisions.filter(({ value }) => value === undefined);
    for (const revision of revisions) {
      const { scope, config, version, value } = revision;
      this.#revisions.set(`${inScope(scope, config)} ${version}`, revision);
      const mark = marksOf(value)[scope];
      if (mark !== undefined) {
        const key = `${inScope(scope, config)} ${mark}`;
        this.#marked.set(key, [...(this.#marked.get(key) ?? []), version]);
      }
      if (config !== GROUPS_NAME) continue;
      const known = this.#memberships.get(scope) ?? [];
      known.push({ version, groups: (value ?? []) as readonly string[] });
      this.#memberships.set(scope, known);
    }
  }

  revision(scope: string, config: string, version: number): ScopeRevision | undefined {
    return this.#revisions.get(`${inScope(scope, config)} ${version}`);
  }

  /** In which versions the scope was marked so, a file's mark again after each write of others; none: that was never committed. */
  versionsOf(scope: string, config: string, mark: string): readonly number[] {
    return this.#marked.get(`${inScope(scope, config)} ${mark}`) ?? [];
  }

  /** Whether this version, or a later one, said nothing any more. */
  isUnsetSince(scope: string, config: string, from: number): boolean {
    return this.#unset.some(each => each.scope === scope && each.config === config && each.version >= from);
  }

  /** The groups that a scope was in, in this version or in a later one. */
  memberships(scope: string, from = 0): readonly (readonly string[])[] {
    return (this.#memberships.get(scope) ?? []).filter(({ version }) => version >= from).map(({ groups }) => groups);
  }

  chain(tenant: string): readonly string[] | undefined {
    const groupsOf = (scope: string) => this.tables.get(inScope(scope, GROUPS_NAME))?.value as string[] | undefined;
    return naiveChain(`tenants/${tenant}`, groupsOf);
  }

  /** The value at the nearest of some scopes. */
  value(config: LayeredName, chain: readonly string[]): unknown {
    return naiveValue(
      config,
      chain.map(scope => this.tables.get(inScope(scope, config))?.value),
    );
  }
}

/** Which scopes are in a value, by what they marked it with. The default is in none. */
export function marksOf(value: unknown): Marks {
  const { default: _, ...marks } = (value as { marks?: Marks } | null | undefined)?.marks ?? {};
  return marks;
}

export const placeOf = ({ config, tenant }: Pick<SeenLayers, 'config' | 'tenant'>): string =>
  `${config} of "${tenant}"`;

export const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

export const saw = ({ by, at, ...seen }: SeenLayers & { readonly by: string; readonly at: number }): string =>
  `${by} saw ${placeOf(seen)} ${atTime(at)}`;
