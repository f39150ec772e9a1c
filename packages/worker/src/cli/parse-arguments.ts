import { parseArgs } from 'node:util';
import { TenantryError } from '@tenantry/protocol';
import { errorLine } from '@tenantry/protocol/internal';

export const USAGE = `Usage: tenantry-worker --config FILE
       tenantry-worker audit --config FILE [--repair | --resync] [--tenant ID] [--json] [--after TOKEN]

Runs the relay and the janitors of Tenantry until SIGTERM or SIGINT; then lets what is under way end. A second signal
ends it at once.

  -c, --config FILE   a module whose default export is the options of startWorker, { orm, redis, … }, or a
                      function that returns them, async or not; its orm and redis are closed at the end
  -h, --help          shows this

Exit code 0 after a signal, 1 after an error.

audit compares Redis with the database once:

  --repair            brings Redis to what the database has
  --resync            after the database was restored from a backup: first lets its versions go on above those in Redis
  --tenant ID         only this tenant
  --json              one JSON object a line
  --after TOKEN       goes on where an audit was stopped

Exit code 0 where nothing is wrong (any more), 1 where findings are left, 2 where it could not finish.
`;

const OPTIONS = {
  config: { type: 'string', short: 'c' },
  help: { type: 'boolean', short: 'h' },
} as const;
const AUDIT_OPTIONS = {
  ...OPTIONS,
  repair: { type: 'boolean' },
  resync: { type: 'boolean' },
  json: { type: 'boolean' },
  tenant: { type: 'string' },
  after: { type: 'string' },
} as const;

/** The arguments of `tenantry-worker audit`. */
export interface AuditArguments {
  readonly repair?: boolean | undefined;
  readonly resync?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly tenant?: string | undefined;
  readonly after?: string | undefined;
}

/** Throws `INVALID_OPTION`. */
export function parseArguments(
  args: readonly string[],
  isAudit: boolean,
): AuditArguments & { config?: string | undefined; help?: boolean | undefined } {
  try {
    return parseArgs({ args: [...args], options: isAudit ? AUDIT_OPTIONS : OPTIONS }).values;
  } catch (error) {
    const [what] = errorLine(error)
      .replace(/^TypeError: /, '')
      .split('. ');
    throw new TenantryError('INVALID_OPTION', `${what}; see \`tenantry-worker --help\`.`);
  }
}
