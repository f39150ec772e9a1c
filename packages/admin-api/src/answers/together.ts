import Type, { type Static } from 'typebox';
import { exact, Json, JsonText, Name, Origin, PageQuery, pageOf, Reason, ScopeText, Time } from './common.ts';

/** So many configs of one scope are written in one transaction. */
export const MOST_CHANGES = 10_000;

/** Several configs of one scope, and the groups that it is in, all or nothing. */
export const BulkBody = exact({
  changes: Type.Array(
    exact({
      config: Name,
      json: Type.Optional(JsonText),
      value: Type.Optional(Json),
      unset: Type.Optional(Type.Literal(true)),
      /** The version that is expected; 0: not set. */
      ifVersion: Type.Integer({ minimum: 0 }),
      origin: Type.Optional(Origin),
    }),
    { maxItems: MOST_CHANGES },
  ),
  /** In the same transaction, before the values. A group that is not there is made. */
  groups: Type.Optional(
    exact({
      groups: Type.Array(Name, { maxItems: 64, description: 'in order of precedence' }),
      ifVersion: Type.Integer({ minimum: 0, description: '0: it never was in any; of a group: it never was there' }),
      origin: Type.Optional(Origin),
    }),
  ),
  reason: Type.Optional(Reason),
});
export const BulkResult = exact({
  results: Type.Array(exact({ config: Name, version: Type.Integer() })),
  groups: Type.Optional(exact({ version: Type.Integer() })),
});

/** Many scopes at once. `configs`: default all that the caller may list. */
export const StoredBody = exact({
  scopes: Type.Array(ScopeText, { minItems: 1, maxItems: 200 }),
  configs: Type.Optional(Type.Array(Name, { maxItems: 100000 })),
});
/**
 * What scopes have of their own, from the primary: what never was written is left out. An answer has the first scopes of the list, and at least one: where
 * their values are long, the others are to be asked for again.
 */
export const StoredAnswer = exact({
  scopes: Type.Array(
    exact({
      scope: ScopeText,
      /** Absent: the scope never was in one. Without `groups`: they were taken away, or the group was deleted. */
      groups: Type.Optional(
        exact({
          version: Type.Integer(),
          groups: Type.Optional(Type.Array(Name)),
          updatedBy: Type.Optional(Type.String()),
          origin: Type.Optional(Type.String()),
        }),
      ),
      configs: Type.Array(
        exact({
          name: Name,
          version: Type.Integer(),
          set: Type.Boolean(),
          updatedBy: Type.Optional(Type.String()),
          /** When the value ends. */
          expiresAt: Type.Optional(Time),
          /** These two for those who may view; of a secret the value is masked. */
          json: Type.Optional(JsonText),
          origin: Type.Optional(Type.String()),
        }),
      ),
    }),
  ),
});
export type StoredAnswer = Static<typeof StoredAnswer>;

export const OwnedQuery = exact({
  ...PageQuery,
  loader: Type.String({
    pattern: '^[A-Za-z0-9._-]{1,40}$',
    description: 'its name: what it sets has the origin `file:<loader>:…`',
  }),
});
/** What a loader has set in the database, and nobody has replaced since. */
export const OwnedPage = pageOf(
  exact({ scope: ScopeText, config: Name, version: Type.Integer(), origin: Type.String() }),
);
