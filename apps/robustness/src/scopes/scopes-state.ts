/** The configs that scopes say something of. */
export type LayeredName = 'merged' | 'twin' | 'replaced' | 'range';

/** Which write of which scope is in a value: each scope marks what it sets under its own name. */
export type Marks = Readonly<Record<string, string>>;

/** What a reader was given of a config of which several scopes may say something. */
export interface SeenLayers {
  readonly tenant: string;
  readonly config: LayeredName;
  readonly value: unknown;
  readonly version: number | undefined;
  readonly stale: boolean;
  readonly age?: number | undefined;
  /** What `explain` said at that very moment; undefined where memory did not know all. */
  readonly explained?: SeenExplanation | undefined;
  /** Which groups the tenant was in at that moment, by their version. */
  readonly groupsVersion?: number | undefined;
}

export interface SeenExplanation {
  readonly value: unknown;
  readonly layers: readonly SeenLayer[];
  readonly fields: readonly { readonly path: string; readonly scope: string }[];
}

export interface SeenLayer {
  readonly scope: string;
  readonly version?: number | undefined;
  readonly value?: unknown;
}

/** One version of what a scope says of a config, or of its groups: `config` is then `@groups`. */
export interface ScopeRevision {
  readonly scope: string;
  readonly config: string;
  readonly version: number;
  /** Undefined: unset. */
  readonly value: unknown;
  readonly origin?: string | undefined;
}

/** What a scope has now. */
export interface ScopeStanding {
  readonly version: number;
  readonly value: unknown;
  /** By whom, as the tables have it. */
  readonly origin?: string | undefined;
}

/** What there is of scopes once it is quiet. Keys are `scope config`. */
export interface ScopesState {
  readonly tables: ReadonlyMap<string, ScopeStanding>;
  readonly revisions: readonly ScopeRevision[];
  readonly redis: ReadonlyMap<string, ScopeStanding>;
  readonly readers: ReadonlyMap<string, readonly SeenLayers[]>;
  /** What a reader that has just started gets. */
  readonly fresh: readonly SeenLayers[];
}

export const GROUPS_NAME = '@groups';

export const inScope = (scope: string, config: string): string => `${scope} ${config}`;
