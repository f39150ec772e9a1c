import type { EntityManager } from '@mikro-orm/core';
import { type Scope, TenantryError } from '@tenantry/protocol';
import type { JanitorOptions } from '../config-store/janitors/janitor-options.ts';
import type { AuditOperation } from '../configs/diff-text.ts';
import type { Identity } from '../configs/identity.ts';
import type { AnyOrm } from '../database/any-orm.ts';
import type { Page, PageOptions } from '../paging/page.ts';

/** Something that was done, and by whom. */
export interface AuditEntry {
  readonly id: number;
  /** Of a write-back: when the database got it. */
  readonly at: Date;
  /**
   * `config.set`, `config.unset`, `config.expire`, `config.rollback`, `groups.set` (of a tenant), `group.set`, `group.delete`, `grant.give`,
   * `grant.take`, and whatever `record` was given.
   */
  readonly action: string;
  /** Undefined: the installation as a whole. */
  readonly scope: Scope | undefined;
  readonly config: string | undefined;
  readonly version: number | undefined;
  readonly actor: string | undefined;
  readonly reason: string | undefined;
  /** From where: `admin 10.0.0.3`. */
  readonly via: string | undefined;
  readonly origin: string | undefined;
  /**
   * What changed, as a JSON Patch of the stored value: no old values, and of a secret none at all, also of one that was no secret when the entry was
   * written. Undefined: nothing changed.
   */
  readonly diff: readonly AuditOperation[] | undefined;
  /** How many more steps the diff had: it is kept up to 64 kB. */
  readonly truncated: number;
  /** Of a write-back: when Redis took it. */
  readonly acceptedAt: Date | undefined;
}

/** An entry that `record` writes. The identity is that of the `runAs` around the call where it is left out. */
export interface NewAuditEntry extends Identity {
  /** Parts of a–z and `-` between dots, `config.reveal`, `dead-rows.retry`; at most 32 characters. */
  readonly action: string;
  /** Default: the installation as a whole. */
  readonly scope?: Scope | undefined;
  readonly config?: string | undefined;
  readonly version?: number | undefined;
  readonly origin?: string | undefined;
  /** Values in it are masked if `config` is a secret, or is not registered here. */
  readonly diff?: readonly AuditOperation[] | undefined;
}

/** Which entries: those for which all that is said holds. */
export interface AuditFilter {
  /** One scope itself, not those below it; null: the installation. */
  readonly scope?: Scope | null | undefined;
  readonly config?: string | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  /** From this moment on: a date or ms since 1970. */
  readonly since?: Date | number | undefined;
  /** Before this moment. */
  readonly until?: Date | number | undefined;
  /** What `via` begins with. No index has it. */
  readonly via?: string | undefined;
  /**
   * Text that stands in the scope, config, actor, reason, origin, `via` or diff, in upper or lower case. No index has it. Diffs of secrets are not looked
   * at: they may have values of a time when the config was none.
   */
  readonly search?: string | undefined;
}

/** Options of `list`. */
export interface AuditListOptions extends AuditFilter, PageOptions {}

/** Options of `trim`. */
export interface TrimAuditOptions extends JanitorOptions {
  /** Entries that are older than so many ms are deleted; at least 1,000. */
  readonly olderThanMs: number;
}

/**
 * The audit log: what was done to configs, groups and grants, each entry written in the transaction of its change. Entries outlive tenants,
 * configs and groups. Read from the primary. Every method rejects with `INVALID_OPTION`, `TABLES_MISSING`, `TIMEOUT`, `UNAVAILABLE`.
 */
export interface AuditLog {
  /**
   * Writes an entry of something that the store does not do itself: a reveal, an operation. In a transaction of its own, within 5 s, or in the open one of
   * `em` (`NOT_ATOMIC` if it has none).
   */
  record(entry: NewAuditEntry, em?: EntityManager): Promise<void>;
  /**
   * The entries, newest first, page by page. With `via` or `search` the database looks through the entries that the rest of the filter leaves, and
   * a page ends after about 1 s of that: it may have few entries, or none, and a cursor with which the search goes on. `INVALID_CURSOR` for
   * another list's cursor.
   */
  list(options?: AuditListOptions): Promise<Page<AuditEntry>>;
  /** The entries up to this moment, oldest first, read as they are taken: it holds 100 of them. */
  export(filter?: AuditFilter): AsyncIterable<AuditEntry>;
  /** Deletes old entries in small batches, and answers how many. */
  trim(options: TrimAuditOptions): Promise<number>;
}

/** The name under which the audit log is kept in the ORM's configuration. */
export const AUDIT_LOG_NAME = '@tenantry/mikro-orm/audit-log';

/** The audit log of an ORM that was started with `tenantry({ admin: true })`; `NOT_REGISTERED` without it. */
export function auditLog(orm: AnyOrm): AuditLog {
  const log = orm.config.getExtension(AUDIT_LOG_NAME) as AuditLog | undefined;
  if (log) return log;
  throw new TenantryError(
    'NOT_REGISTERED',
    'This ORM has no audit log: add `admin: true` to the options of its `tenantry` extension.',
  );
}
