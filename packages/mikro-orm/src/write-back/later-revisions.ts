import type { EntityManager } from '@mikro-orm/core';
import type { DirtyEntry } from '@tenantry/redis';
import { findOwn } from '../database/own-queries.ts';
import { ConfigRevision, type ConfigRevisionRow } from '../tables/config-tables.ts';

/** Stands after a write id in the history if the database gave the version, not Redis. */
export const RAISED = '+raised';

type Revision = Pick<ConfigRevisionRow, 'name' | 'version' | 'writeId' | 'createdAt'>;

/** The history of some rows from their entries' versions on: it tells which entries the database has, or has gone past. */
export class LaterRevisions {
  readonly #revisions: readonly Revision[];

  constructor(revisions: readonly Revision[]) {
    this.#revisions = revisions;
  }

  static async read(em: EntityManager, tenant: string, entries: readonly DirtyEntry[]): Promise<LaterRevisions> {
    if (entries.length === 0) return new LaterRevisions([]);
    const $or = entries.map(({ configKey: name, version }) => ({ name, version: { $gte: version } }));
    const fields = ['name', 'version', 'writeId', 'createdAt'];
    return new LaterRevisions(await findOwn(em, ConfigRevision, { tenant, $or }, { fields }));
  }

  /** The version that this very write got in the database; undefined if the history does not have it. */
  flushedAs({ configKey, writeId }: DirtyEntry): number | undefined {
    const found = this.#revisions.find(
      revision =>
        revision.name === configKey && (revision.writeId === writeId || revision.writeId === writeId + RAISED),
    );
    return found === undefined ? undefined : Number(found.version);
  }

  /**
   * Whether Redis gave a later version to another write. A version that the database gave says nothing of the order in
   * Redis. Nor does one that Redis gave before it fell back (a failover, a restart), of a write acknowledged since:
   *
   *   Redis: v2 (flushed)   falls back to v1   acknowledges v2 again
   *
   * Only the times of the two writes tell this case from a dirty entry that came back with the old state. If the clocks of
   * the writers are further apart than the fall took, the wrong one of the two writes is kept. Without the times it would
   * always be the acknowledged one that is lost.
   */
  isOvertaken(entry: DirtyEntry): boolean {
    return this.#revisions.some(
      ({ name, version, writeId, createdAt }) =>
        name === entry.configKey &&
        Number(version) >= entry.version &&
        Number(createdAt) >= entry.at &&
        writeId !== null &&
        !writeId.endsWith(RAISED),
    );
  }
}
