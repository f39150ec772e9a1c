import Type, { type Static, type TProperties, type TSchema } from 'typebox';

/** A point in time: ms since 1970. */
export const Time = Type.Integer({ minimum: 0, description: 'ms since 1970' });

/** The text of a scope. */
export const ScopeText = Type.String({
  pattern: '^(global|groups/.+|tenants/.+)$',
  maxLength: 256,
  description: '"global", "groups/<name>" or "tenants/<id>"',
});

/** JSON text, as it was typed: numbers keep their digits. */
export const JsonText = Type.String({ description: 'JSON text; numbers keep their digits' });

/** Any JSON value. */
export const Json = Type.Unknown({ description: 'any JSON value' });

export const Reason = Type.String({ maxLength: 1000, description: 'why, for the history and the audit log' });

// Blanks, control characters, and what takes no room or turns the direction of writing.
const UNSEEN = [
  ...['\\s', '\\u0000-\\u001f', '\\u007f-\\u009f', '\\u00ad', '\\u034f', '\\u061c', '\\u115f', '\\u1160', '\\u17b4'],
  ...['\\u17b5', '\\u180b-\\u180f', '\\u200b-\\u200f', '\\u202a-\\u202e', '\\u2060-\\u206f', '\\u2800', '\\u3164'],
  ...['\\ufe00-\\ufe0f', '\\ufeff', '\\uffa0'],
].join('');

/** A reason that somebody can read. */
export const SeenReason = Type.String({
  ...{ minLength: 1, maxLength: 1000, pattern: `[^${UNSEEN}]` },
  description: 'why, for the audit log; not blank',
});

/** Where a version came from, as its writer says: of whom the value is. */
export const Origin = Type.String({
  maxLength: 255,
  // A log and a terminal show it: nothing in it moves their cursor or turns the direction of writing.
  pattern: '^file:[A-Za-z0-9._-]{1,40}:[^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]*$',
  description: '`file:<loader>:<path>#<sha256>`; default `api`',
});

export const Name = Type.String({ minLength: 1, maxLength: 128 });

/** An object that has these properties and no others. */
export function exact<T extends TProperties>(properties: T) {
  return Type.Object(properties, { additionalProperties: false });
}

/** A page of a list. `cursor` asks for the next one; absent: that was the last. */
export function pageOf<T extends TSchema>(item: T) {
  return exact({ items: Type.Array(item), cursor: Type.Optional(Type.String()) });
}

export const PageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: 'default 100' })),
  cursor: Type.Optional(Type.String({ maxLength: 2000 })),
};

/** `application/problem+json` of every refusal (RFC 9457). Never holds a value. */
export const Problem = Type.Object({
  type: Type.String({ description: '"about:blank" or a link to the code in the docs' }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  code: Type.String({ description: 'our error code, or NOT_SIGNED_IN, FORBIDDEN, PRECONDITION_REQUIRED, …' }),
  retryable: Type.Boolean(),
  /** `CONFLICT`: what stands now, for a merge. Only for those who may view it. */
  current: Type.Optional(Type.Unknown()),
  details: Type.Optional(Type.Unknown()),
});
export type Problem = Static<typeof Problem>;
