import type { HandlerParts } from '../calls/handler-parts.ts';
import { databaseState } from '../database/server-state.ts';
import { type Check, fail, look, ok, warn } from './check.ts';
import { isOlder } from './is-older.ts';

/** The oldest releases that skip locked rows, which relays do. */
const OLDEST = { MariaDB: '10.6', MySQL: '8.0', PostgreSQL: '9.5' } as const;
const SKEW_MS = 2_000;

/** The database: there, of a release that works, with our tables, and with the same time as this process. */
export async function checkDatabase(parts: Pick<HandlerParts, 'orm' | 'replication'>): Promise<readonly Check[]> {
  const { orm, replication } = parts;
  const state = await databaseState(orm);
  if (!state.reachable)
    return [fail('database', state.problem ?? 'The database does not answer.', 'Look at the database and its log.')];
  const found = await Promise.all([
    look('tables', async () => {
      const missing = await replication.missingTables();
      if (missing.length === 0) return ok('tables', 'The database has all tables.');
      return fail('tables', `The database has no table ${missing.join(', ')}.`, 'Run your migrations.');
    }),
    look('database-clock', async () => {
      const before = Date.now();
      const skew = (await replication.databaseNow()) - (before + Date.now()) / 2;
      return clockCheck('database-clock', 'The database', skew);
    }),
  ]);
  return [versionCheck(state.version, state.ms), ...found.flat()];
}

/** A clock beside that of this process. */
export function clockCheck(id: string, what: string, skewMs: number): Check {
  const skew = Math.round(Math.abs(skewMs));
  if (skew < SKEW_MS) return ok(id, `${what} and this process have the same time (${skew} ms apart).`);
  const message = `The clock of ${what === 'Redis' ? what : 'the database'} is ${skew} ms ${skewMs > 0 ? 'before' : 'behind'} that of this process.`;
  return warn(
    id,
    message,
    'Let both machines set their clocks by NTP. Order does not depend on clocks; ends of values and grants do.',
  );
}

function versionCheck(text: string | undefined, ms: number | undefined): Check {
  const [kind, version] = releaseOf(text);
  const answered = ms === undefined ? '' : `, and answers in ${ms} ms`;
  if (kind === undefined || version === undefined) return ok('database', `It is of another kind${answered}.`);
  if (isOlder(version, OLDEST[kind]))
    return fail('database', `${kind} ${version} is too old.`, `Take ${kind} ${OLDEST[kind]} or newer.`);
  return ok('database', `It is ${kind} ${version}${answered}.`);
}

/** `10.11.19-MariaDB-…`, `9.7.0`, `PostgreSQL 15.18 …`. */
function releaseOf(text = ''): [kind: keyof typeof OLDEST | undefined, version: string | undefined] {
  const version = /\d+(?:\.\d+)+/.exec(text)?.[0];
  if (/mariadb/i.test(text)) return ['MariaDB', version];
  if (/postgres/i.test(text)) return ['PostgreSQL', version];
  return [version === undefined ? undefined : 'MySQL', version];
}
