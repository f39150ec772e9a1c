import Type, { type Static } from 'typebox';
import { VERBS } from '../rights/verbs.ts';
import { exact, Json, PageQuery, pageOf, Reason, Time } from './common.ts';

const GRANT = {
  who: Type.String({ minLength: 1, maxLength: 255, description: '"user:<id>", "group:<name>" or "*"' }),
  // Not `uniqueItems`: who checks that compares each with each, however many there are.
  verbs: Type.Array(Type.Enum([...VERBS]), { minItems: 1, maxItems: VERBS.length }),
  scope: Type.String({ maxLength: 256, description: 'a scope, "groups/*", "tenants/*", "installation" or "*"' }),
  config: Type.String({ minLength: 1, maxLength: 129, description: 'a name, the beginning of names and "*", or "*"' }),
  expiresAt: Type.Optional(Time),
};
export const GrantBody = exact({ ...GRANT, reason: Type.Optional(Reason) });
export const GrantAnswer = exact({ id: Type.String(), ...GRANT, createdAt: Time, createdBy: Type.String() });
export const GrantPage = pageOf(GrantAnswer);
export const GrantsQuery = exact({
  ...PageQuery,
  who: Type.Optional(Type.String({ maxLength: 255 })),
  scope: Type.Optional(Type.String({ maxLength: 256 })),
});

/** Who is asking, what they may do, and what this server is. */
export const Me = exact({
  id: Type.String(),
  name: Type.Optional(Type.String()),
  groups: Type.Array(Type.String()),
  missesGroups: Type.Optional(
    Type.Literal(true, {
      description: 'the identity provider did not say all groups: rights of those it left out are missing',
    }),
  ),
  grants: Type.Array(GrantAnswer),
  version: Type.String(),
  readOnly: Type.Optional(Type.String({ description: 'why nothing can be written now' })),
  lacks: Type.Optional(
    Type.Array(Type.String(), {
      description: 'what this server refuses, whoever asks: routes by their names, `expiresAt`, and writing `secrets`',
    }),
  ),
  /** Absent: a server of an earlier release, which takes 1,000 changes and does not say how long they may be. */
  limits: Type.Optional(
    exact({
      bodyBytes: Type.Integer({ description: 'the longest body, but for those of several changes' }),
      bulkBytes: Type.Integer({ description: 'the longest body of `configs.bulk` and of `configs.preview`' }),
      bulkChanges: Type.Integer({ description: 'so many changes `configs.bulk` takes' }),
    }),
  ),
  logout: Type.Optional(Type.String({ description: 'where the browser signs out' })),
});
export type Me = Static<typeof Me>;

const AUDIT_FILTER = {
  scope: Type.Optional(Type.String({ maxLength: 256 })),
  config: Type.Optional(Type.String({ maxLength: 128 })),
  actor: Type.Optional(Type.String({ maxLength: 255 })),
  action: Type.Optional(Type.String({ maxLength: 32 })),
  since: Type.Optional(Time),
  until: Type.Optional(Time),
};
export const AuditQuery = exact({ ...PageQuery, ...AUDIT_FILTER });
export const AuditExportQuery = exact(AUDIT_FILTER);
export const AuditEntry = exact({
  id: Type.String(),
  at: Time,
  /** A write-back: when it was accepted; `at` is when the database got it. */
  acceptedAt: Type.Optional(Time),
  action: Type.String(),
  scope: Type.Optional(Type.String()),
  config: Type.Optional(Type.String()),
  version: Type.Optional(Type.Integer()),
  actor: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
  via: Type.Optional(Type.String()),
  origin: Type.Optional(Type.String()),
  /** Masked JSON Patch. */
  diff: Type.Optional(Json),
});
export type AuditEntry = Static<typeof AuditEntry>;
export const AuditPage = pageOf(AuditEntry);
