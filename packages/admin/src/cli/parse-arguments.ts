import { parseArgs } from 'node:util';
import { TenantryError } from '@tenantry/protocol';

export const USAGE = `Usage: tenantry-admin --config FILE [--port PORT] [--host HOST]

Serves the admin of Tenantry until SIGTERM or SIGINT; then lets what is under way end. A second signal ends it at once.

  -c, --config FILE   a module whose default export is the options of createAdmin, { orm, client, … }, or a function
                      that returns them, async or not; its orm and client are closed at the end
  -p, --port PORT     default: \`port\` of the config, or 4000; 0 is any port that is free
      --host HOST     default: \`host\` of the config, or 127.0.0.1; others only with \`auth\`
  -h, --help          shows this

Exit code 0 after a signal, 1 after an error.
`;

const OPTIONS = {
  config: { type: 'string', short: 'c' },
  port: { type: 'string', short: 'p' },
  host: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** The arguments of `tenantry-admin`. */
export interface AdminArguments {
  readonly config?: string | undefined;
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  readonly help?: boolean | undefined;
}

/** Throws `INVALID_OPTION`. */
export function parseArguments(args: readonly string[]): AdminArguments {
  const { port, ...others } = parsed(args);
  if (port === undefined) return others;
  if (/^\d{1,5}$/.test(port) && Number(port) <= 65_535) return { ...others, port: Number(port) };
  throw new TenantryError(
    'INVALID_OPTION',
    '`--port` must be a whole number from 0 to 65535; see `tenantry-admin --help`.',
  );
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    const [what] = (error as Error).message.split('. ');
    throw new TenantryError('INVALID_OPTION', `${what}; see \`tenantry-admin --help\`.`);
  }
}
