import { type Scope, TenantryError } from '@tenantry/protocol';
import {
  checkOptionNames,
  describeArrived,
  isPlainText,
  refuseOption,
  tenantOfScope,
} from '@tenantry/protocol/internal';
import { GRANT_LENGTHS, type GrantRow } from '../tables/grant.ts';

/** What a grant can allow, in the order in which a grant has them. */
export const GRANT_VERBS = ['list', 'view', 'edit', 'reveal', 'audit', 'operate', 'grant'] as const;

/** One thing that a grant can allow. */
export type GrantVerb = (typeof GRANT_VERBS)[number];

/** Where a grant holds: in a scope, in every tenant, in every group, for the installation itself; `*`: everywhere, and for that. */
export type GrantScope = Scope | 'groups/*' | 'tenants/*' | 'installation' | '*';

const WIDE: readonly unknown[] = ['*', 'groups/*', 'tenants/*', 'installation'];

/** A right to give. */
export interface NewGrant {
  /** `user:ann`, `group:ops`; `*`: anybody who has signed in. At most 255 characters. */
  readonly who: string;
  /** At least one. */
  readonly verbs: readonly GrantVerb[];
  readonly scope: GrantScope;
  /** A config's name; with a `*` at its end, all that begin so. Default `*`. */
  readonly config?: string | undefined;
  /** When it ends by itself: a date, or ms since 1970. Default: never. */
  readonly expiresAt?: Date | number | undefined;
}

/** A right that was given. */
export interface Grant {
  readonly id: number;
  readonly who: string;
  /** Each once, in the order of `GRANT_VERBS`. */
  readonly verbs: readonly GrantVerb[];
  readonly scope: GrantScope;
  readonly config: string;
  readonly createdAt: Date;
  readonly createdBy: string | undefined;
  readonly expiresAt: Date | undefined;
}

/** What a grant's row has of the grant itself. */
export type GrantedRow = Pick<GrantRow, 'who' | 'verbs' | 'scope' | 'config' | 'expiresAt'>;

// No blank at the end of a name: a database takes it for the name without it.
const WHO = /^(\*|(user|group):[^\p{Cc}\s]([^\p{Cc}]*[^\p{Cc}\s])?)$/u;
const PATTERN = /^(\*|[A-Za-z0-9][A-Za-z0-9._/-]*\*?)$/;

/** The columns of a grant, so that the same grant has the same ones. `INVALID_OPTION` for what is none, or has ended. */
export function toGrantedRow(given: NewGrant, now: number): GrantedRow {
  checkOptionNames('a grant', given, ['who', 'verbs', 'scope', 'config', 'expiresAt']);
  const { who, scope, config = '*', expiresAt } = given;
  if (!isPlainText(who) || who.length > GRANT_LENGTHS.who || !WHO.test(who))
    refuseOption('who', '`user:<name>`, `group:<name>` or `*`, at most 255 characters', who);
  if (typeof config !== 'string' || config.length >= GRANT_LENGTHS.config || !PATTERN.test(config))
    refuseOption('config', "a config's name, what names begin with and a `*`, or `*`", config);
  checkScope(scope);
  return { who, scope, config, verbs: verbsText(given.verbs), expiresAt: endOf(expiresAt, now) };
}

/** The grant of a row. */
export function toGrant(row: GrantRow): Grant {
  return {
    id: Number(row.id),
    who: row.who,
    verbs: row.verbs.split(' ') as GrantVerb[],
    scope: row.scope as GrantScope,
    config: row.config,
    createdAt: new Date(Number(row.createdAt)),
    createdBy: row.createdBy ?? undefined,
    expiresAt: row.expiresAt === null ? undefined : new Date(Number(row.expiresAt)),
  };
}

/** Whether two rows are the same grant. */
export function isSameGrant(a: GrantedRow, b: GrantedRow): boolean {
  const isSame = (['who', 'verbs', 'scope', 'config'] as const).every(name => a[name] === b[name]);
  return isSame && Number(a.expiresAt ?? 0) === Number(b.expiresAt ?? 0);
}

/** `INVALID_OPTION` for what is no scope of a grant, `INVALID_GROUP` and `INVALID_TENANT` for a bad name in one. */
export function checkScope(scope: unknown): asserts scope is GrantScope {
  if (!WIDE.includes(scope)) tenantOfScope(scope);
}

function verbsText(verbs: unknown): string {
  const known: readonly unknown[] = GRANT_VERBS;
  if (!Array.isArray(verbs) || verbs.length === 0 || !verbs.every(verb => known.includes(verb)))
    throw new TenantryError(
      'INVALID_OPTION',
      `\`verbs\` must be a list of at least one of ${GRANT_VERBS.join(', ')}, got ${describeArrived(verbs)}.`,
    );
  return GRANT_VERBS.filter(verb => verbs.includes(verb)).join(' ');
}

function endOf(expiresAt: unknown, now: number): number | null {
  if (expiresAt === undefined) return null;
  const ms = expiresAt instanceof Date ? expiresAt.getTime() : expiresAt;
  if (Number.isSafeInteger(ms) && (ms as number) > now && !Number.isNaN(new Date(ms as number).getTime()))
    return ms as number;
  return refuseOption(
    'expiresAt',
    'a valid date or whole ms since 1970, after this moment',
    expiresAt instanceof Date ? String(expiresAt) : expiresAt,
  );
}
