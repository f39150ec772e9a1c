import Type, { type Static } from 'typebox';
import { exact, Json, JsonText, Name, PageQuery, pageOf, ScopeText, Time } from './common.ts';

const Server = exact({
  reachable: Type.Boolean(),
  version: Type.Optional(Type.String()),
  ms: Type.Optional(Type.Number()),
  /** Without values, passwords or addresses. */
  problem: Type.Optional(Type.String()),
});

/** What an operator looks at first. Numbers that could not be had are absent, and `redis` or `database` says why. */
export const Overview = exact({
  at: Time,
  redis: Server,
  database: Server,
  outbox: exact({
    waiting: Type.Optional(Type.Integer()),
    dead: Type.Optional(Type.Integer()),
    oldestAgeMs: Type.Optional(Type.Integer()),
  }),
  writeBack: exact({
    dirty: Type.Optional(Type.Integer()),
    dead: Type.Optional(Type.Integer()),
    oldestAgeMs: Type.Optional(Type.Integer()),
  }),
  workers: Type.Array(exact({ id: Type.String(), seenAt: Time, queues: Type.Array(Type.String()) })),
  readers: Type.Optional(Type.Integer()),
  streams: Type.Integer(),
  lastAudit: Type.Optional(Json),
});

/** One thing that was looked at. */
export const DoctorCheck = exact({
  id: Type.String(),
  state: Type.Enum(['ok', 'warn', 'fail', 'unknown'], { description: 'unknown: it could not be asked' }),
  /** Without values, passwords or addresses. */
  message: Type.String(),
  remedy: Type.Optional(Type.String()),
});
export type DoctorCheck = Static<typeof DoctorCheck>;
/** What may be wrong with the installation, as far as this server can see it. */
export const Doctor = exact({ at: Time, version: Type.String(), checks: Type.Array(DoctorCheck) });
export type Doctor = Static<typeof Doctor>;

export const DeadRowPage = pageOf(
  exact({
    id: Type.String(),
    definition: Type.String(),
    recordId: Type.String(),
    tenant: Type.Optional(Type.String()),
    error: Type.String(),
    attempts: Type.Integer(),
    createdAt: Time,
  }),
);
export const DeadLetterPage = pageOf(
  exact({
    id: Type.String(),
    tenant: Type.String(),
    config: Name,
    version: Type.Integer(),
    op: Type.Enum(['set', 'unset']),
    error: Type.String(),
    attempts: Type.Integer(),
    actor: Type.Optional(Type.String()),
    writtenAt: Time,
    diedAt: Time,
  }),
);
/** All of them without ids. */
export const IdsBody = exact({ ids: Type.Optional(Type.Array(Type.String(), { maxItems: 1000 })) });
export const Count = exact({ count: Type.Integer() });

export const AuditRunBody = exact({
  repair: Type.Optional(Type.Boolean({ description: 'default false: look only' })),
  definitions: Type.Optional(Type.Array(Name)),
  after: Type.Optional(Type.String()),
});
export const AuditRunAnswer = exact({
  summary: Json,
  findings: Type.Array(
    exact({
      kind: Type.String(),
      scope: ScopeText,
      owner: Type.String(),
      address: Type.Optional(Type.String()),
      ageMs: Type.Optional(Type.Integer()),
      code: Type.Optional(Type.String()),
      repaired: Type.Boolean(),
    }),
  ),
});

export const ReaderPage = pageOf(
  exact({
    id: Type.String(),
    name: Type.Optional(Type.String()),
    address: Type.Optional(Type.String()),
    connectedAt: Type.Optional(Time),
    idleMs: Type.Optional(Type.Integer()),
    feeds: Type.Integer(),
  }),
);

/** An entity that is replicated. */
export const EntityPage = pageOf(
  exact({
    definition: Name,
    keys: Type.Array(Type.Array(Type.String())),
    fields: Type.Array(Type.String()),
    perTenant: Type.Boolean(),
  }),
);
export const RecordsQuery = exact({ ...PageQuery });
export const RecordPage = pageOf(
  exact({ id: Type.String(), version: Type.Integer(), keys: Type.Array(Type.String()) }),
);
/** What Redis has of one row, read-only. */
export const RecordAnswer = exact({
  id: Type.String(),
  version: Type.Integer(),
  updatedAt: Type.Optional(Time),
  keys: Type.Array(Type.String()),
  json: Type.Optional(JsonText),
});
