import type { MikroORM } from '@mikro-orm/core';
import { TRY_AGAIN, withoutValues } from '@tenantry/protocol/internal';
import { whenReady } from '@tenantry/redis';
import type { Dialect } from '../database/dialect.ts';
import { internalFork } from '../database/internal-fork.ts';
import { selectOwn } from '../database/own-queries.ts';
import { findMissingTables, type UsedTables } from '../tables/missing-tables.ts';
import { type Registration, Registrations, type RegistrationsParts } from './registrations.ts';

/** What an operator asks of an installation that may not be well. */
export interface Diagnosis {
  /** The tables of Tenantry that this ORM needs and the database does not have. Rejects with `UNAVAILABLE` or `TIMEOUT`. */
  missingTables(): Promise<readonly string[]>;
  /** The clock of the database, in ms since 1970. Rejects with `UNAVAILABLE` or `TIMEOUT`. */
  databaseNow(): Promise<number>;
  /**
   * The definitions that this process and others have registered, as fingerprints: this one's set first, then each different set that a writer,
   * a worker or an admin said within the last three minutes. Readers say nothing. Rejects with `UNAVAILABLE` or `TIMEOUT`.
   */
  registrations(): Promise<readonly Registration[]>;
}

/** Says what this process has registered until the ORM is closed, and answers what an operator asks. */
export function createDiagnosis(
  parts: RegistrationsParts & { readonly dialect: Dialect; readonly has: UsedTables },
): Diagnosis {
  const { orm, redis, dialect, has } = parts;
  const registrations = new Registrations(parts);
  const close = orm.close.bind(orm);
  orm.close = (...args) => {
    registrations.stop();
    return close(...args);
  };
  return {
    missingTables: () => findMissingTables(orm, has).catch(refuse('Looking for tables')),
    databaseNow: () => databaseNow(orm, dialect).catch(refuse('Asking the database for its time')),
    registrations: () =>
      whenReady(redis)
        .then(() => registrations.list())
        .catch(refuse('Reading what processes have registered')),
  };
}

async function databaseNow(orm: MikroORM, { now }: Dialect): Promise<number> {
  const [row] = await selectOwn<{ now: number | string }>(internalFork(orm), `select ${now} as now`);
  return Number(row?.now);
}

const refuse = (what: string) => (error: unknown) => Promise.reject(withoutValues(error, what, TRY_AGAIN));
