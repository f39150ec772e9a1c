import type { TestSystem } from './system.fixture.ts';

const TABLES = ['plan', 'tenantry_outbox', 'tenantry_config', 'tenantry_config_revision', 'tenantry_replica'];

/** What a backup has. Answers what puts it back, the sequence of the outbox with it. */
export async function backup(system: TestSystem): Promise<() => Promise<void>> {
  await system.replication.settled();
  const { sql } = system;
  const isPostgres = system.database.kind === 'postgresql';
  for (const table of TABLES) {
    await sql(`create table backup_${table} ${isPostgres ? `as table ${table}` : `like ${table}`}`);
    if (!isPostgres) await sql(`insert into backup_${table} select * from ${table}`);
  }
  // Each server tells the sequence in its own way, or an old one: Redis knows it, too.
  const versions = Object.values(await system.redisKeys()).map(({ version }) => version);
  return async () => {
    for (const table of TABLES) {
      await sql(`delete from ${table}`);
      await sql(`insert into ${table} select * from backup_${table}`);
    }
    const next = Math.max(...versions) + 1;
    await sql(
      isPostgres
        ? `alter sequence tenantry_outbox_id_seq restart with ${next}`
        : `alter table tenantry_outbox auto_increment = ${next}`,
    );
  };
}
