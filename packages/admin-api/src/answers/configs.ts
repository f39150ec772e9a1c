import Type, { type Static } from 'typebox';
import { exact, Json, JsonText, Name, PageQuery, pageOf, Reason, ScopeText, SeenReason, Time } from './common.ts';
import { MOST_CHANGES } from './together.ts';

/** A config that the installation knows, as registered. */
export const Definition = exact({
  name: Name,
  aliases: Type.Array(Name),
  /** Groups of configs, for the list: not the groups of tenants. */
  groups: Type.Array(Type.String()),
  inherit: Type.Enum(['none', 'replace', 'merge']),
  mergeListsBy: Type.Record(Type.String(), Type.String()),
  writePolicy: Type.String(),
  persistence: Type.Enum(['database', 'none']),
  secret: Type.Boolean(),
  maxBytes: Type.Integer(),
  ttlMs: Type.Optional(Type.Integer()),
  defaultJson: Type.Optional(JsonText),
  /** JSON Schema 2020-12 of what may be written; absent where the schema library cannot say it. */
  schema: Type.Optional(Json),
  /** Why there is no schema. */
  schemaProblem: Type.Optional(Type.String()),
});
export type Definition = Static<typeof Definition>;

/** Whether a value stands in a scope of its own (`set`), comes from above or from the default, or is not there at all. */
export const ValueState = Type.Enum(['set', 'inherited', 'default', 'none']);

const Behind = Type.Enum(['answer', 'readers'], {
  description:
    'present where it is stale. answer: a server does not answer, so a newer value may stand; readers: they may not have it yet',
});

/** One config of one scope, in a list: without its value where the caller may only list. */
export const ListedConfig = exact({
  name: Name,
  groups: Type.Array(Type.String()),
  state: ValueState,
  /** Which scope the effective value comes from: the nearest that has a part in it; `default`; absent where there is none. */
  from: Type.Optional(Type.String()),
  /** Of the scope's own record; 0: never written. */
  version: Type.Integer(),
  updatedAt: Type.Optional(Time),
  updatedBy: Type.Optional(Type.String()),
  expiresAt: Type.Optional(Time),
  secret: Type.Boolean(),
  /** A write-back that the database does not have yet. */
  dirty: Type.Boolean(),
  /** This answer, or what readers have, may not be what stands: `behind` says which. */
  stale: Type.Boolean(),
  behind: Type.Optional(Behind),
  /** Where the scope's own version came from (`api`, `file:…`, `rollback of 3`); absent for those who may not view, and where it is not known. */
  origin: Type.Optional(Type.String()),
  /** Begins the effective value; absent for secrets, and for those who may not view. */
  preview: Type.Optional(Type.String()),
});
export type ListedConfig = Static<typeof ListedConfig>;

export const ListQuery = exact({
  ...PageQuery,
  search: Type.Optional(Type.String({ maxLength: 200, description: 'part of a name' })),
  value: Type.Optional(Type.String({ maxLength: 200, description: 'part of a value that is no secret; needs `view`' })),
  group: Type.Optional(Type.String({ maxLength: 128, description: 'a group of configs' })),
  state: Type.Optional(Type.Enum(['set', 'inherited', 'default', 'none'])),
  dirty: Type.Optional(Type.Boolean()),
});

/** One config of one scope. Its ETag is of the scope's own record. Of a secret every value is masked. */
export const ConfigRecord = exact({
  scope: ScopeText,
  name: Name,
  state: ValueState,
  /** Of the scope's own record; 0: never written. */
  version: Type.Integer(),
  /** The scope's own value; absent where it has none. */
  json: Type.Optional(JsonText),
  /** What readers get; absent where there is none. */
  effectiveJson: Type.Optional(JsonText),
  from: Type.Optional(Type.String()),
  masked: Type.Boolean(),
  updatedAt: Type.Optional(Time),
  updatedBy: Type.Optional(Type.String()),
  expiresAt: Type.Optional(Time),
  dirty: Type.Boolean(),
  stale: Type.Boolean(),
  behind: Type.Optional(Behind),
});
export type ConfigRecord = Static<typeof ConfigRecord>;

const WRITE_FIELDS = {
  reason: Type.Optional(Reason),
  expiresAt: Type.Optional(Time),
};
/** Either `json`, the text as it was typed, or `value`. A masked text in a secret stands for the value that is there. */
export const SetBody = exact({ json: Type.Optional(JsonText), value: Type.Optional(Json), ...WRITE_FIELDS });
export const PatchBody = exact({
  json: Type.Optional(JsonText),
  patch: Type.Optional(Json),
  reason: Type.Optional(Reason),
  expiresAt: Type.Optional(
    Type.Union([Time, Type.Null()], { description: 'default: when the value ends now; null: never' }),
  ),
});
export const ReasonBody = exact({ reason: Type.Optional(Reason) });
export const RollbackBody = exact({ version: Type.Integer({ minimum: 1 }), reason: Type.Optional(Reason) });
export const RevealBody = exact({
  version: Type.Optional(Type.Integer({ minimum: 1, description: 'default: the present one' })),
  reason: SeenReason,
});
export const Revealed = exact({ json: Type.Optional(JsonText), version: Type.Integer() });

/** What a write did. */
export const Written = exact({
  version: Type.Integer(),
  policy: Type.String(),
  /** Redis has it. */
  published: Type.Boolean(),
  /** The database has it. */
  durable: Type.Boolean(),
  /** For `get(ref, { atLeast })` of readers, where it is known. */
  token: Type.Optional(Type.String()),
});
export type Written = Static<typeof Written>;

/** One version of one config. Of a secret the value is masked. */
export const Version = exact({
  version: Type.Integer(),
  op: Type.Enum(['set', 'unset', 'expire']),
  json: Type.Optional(JsonText),
  actor: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
  origin: Type.String(),
  at: Time,
});
export type Version = Static<typeof Version>;
export const VersionPage = pageOf(Version);

export const DiffQuery = exact({
  from: Type.Integer({ minimum: 1 }),
  to: Type.Integer({ minimum: 1 }),
});
/** JSON Patch (RFC 6902) from one version to another; of a secret only the paths. */
export const Diff = exact({
  from: Type.Integer(),
  to: Type.Integer(),
  operations: Type.Array(
    exact({
      op: Type.Enum(['add', 'remove', 'replace']),
      path: Type.String(),
      value: Type.Optional(Json),
    }),
  ),
});

/** Where the effective value comes from. */
export const Explanation = exact({
  effectiveJson: Type.Optional(JsonText),
  layers: Type.Array(
    exact({
      scope: Type.String({ description: 'a scope, or "default"' }),
      version: Type.Optional(Type.Integer()),
      kind: Type.String({ description: 'set, null, unset, inherited, default' }),
      json: Type.Optional(JsonText),
      /** The caller may not view this layer: it is masked. */
      hidden: Type.Optional(Type.Literal(true)),
    }),
  ),
  fields: Type.Array(exact({ path: Type.String(), scope: Type.String() })),
});
export type Explanation = Static<typeof Explanation>;

export const OverridesQuery = exact({ ...PageQuery, path: Type.Optional(Type.String({ maxLength: 1000 })) });
export const Override = exact({ scope: ScopeText, version: Type.Integer(), json: Type.Optional(JsonText) });
export const OverridePage = pageOf(Override);

export const PreviewBody = exact({
  changes: Type.Array(
    Type.Union([
      exact({
        scope: ScopeText,
        config: Name,
        json: Type.Optional(JsonText),
        unset: Type.Optional(Type.Literal(true)),
      }),
      exact({ scope: ScopeText, groups: Type.Array(Name) }),
    ]),
    // Whatever one bulk writes, its groups too.
    { minItems: 1, maxItems: MOST_CHANGES + 1 },
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'how many are listed; default 100' })),
  values: Type.Optional(Type.Boolean({ description: 'false: without what the values are; default true' })),
});
export const PreviewAnswer = exact({
  /** In how many tenants something would change, of those that the caller may view. */
  tenants: Type.Integer(),
  /** Whether `changed` has all of it. */
  complete: Type.Boolean(),
  changed: Type.Array(
    exact({
      scope: ScopeText,
      config: Name,
      beforeJson: Type.Optional(JsonText),
      afterJson: Type.Optional(JsonText),
      /** The change would be refused because of this one. */
      problem: Type.Optional(Type.String()),
    }),
  ),
});

export const MatrixQuery = exact({
  ...PageQuery,
  search: Type.Optional(Type.String({ maxLength: 200, description: 'what the name of a tenant or group begins with' })),
  state: Type.Optional(Type.Enum(['set'], { description: 'only scopes that set it' })),
});
/** One config over scopes: those that set it first. */
export const MatrixPage = pageOf(
  exact({
    scope: ScopeText,
    state: ValueState,
    version: Type.Integer(),
    /** When the scope's own value ends. */
    expiresAt: Type.Optional(Time),
    json: Type.Optional(JsonText),
    effectiveJson: Type.Optional(JsonText),
  }),
);
export const ListedPage = pageOf(ListedConfig);

/** How one scope stands, by group of configs. */
export const StateAnswer = exact({
  total: Type.Integer(),
  set: Type.Integer(),
  dirty: Type.Integer(),
  stale: Type.Integer(),
  groups: Type.Array(
    exact({
      group: Type.String(),
      total: Type.Integer(),
      set: Type.Integer(),
      dirty: Type.Integer(),
      stale: Type.Integer(),
    }),
  ),
});
