/** A connection to MySQL or MariaDB, as the server shows it. */
export interface DatabaseSession {
  readonly Id: number;
  readonly User: string;
  readonly db: string | null;
  /** `Sleep`: it waits for its client. */
  readonly Command: string;
  /** The statement that it runs, where it runs one. */
  readonly Info: string | null;
}

type Run = (sql: string) => Promise<readonly unknown[]>;

const SESSIONS = 'SHOW FULL PROCESSLIST';

/**
 * All connections of a server, but the one that asks. Not from `information_schema.processlist`: MySQL 9.7.4 refuses to read it
 * (ER_CANNOT_CONVERT_STRING) while any connection runs a statement with a character beyond the Basic Multilingual Plane.
 */
export async function databaseSessions(run: Run): Promise<readonly DatabaseSession[]> {
  const all = (await run(SESSIONS)) as readonly DatabaseSession[];
  return all.filter(({ Info }) => Info !== SESSIONS);
}
