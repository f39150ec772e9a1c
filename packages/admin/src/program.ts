import { TenantryError } from '@tenantry/protocol';
import { errorLine } from '@tenantry/protocol/internal';
import { parseArguments, USAGE } from './cli/parse-arguments.ts';
import { type AdminConfig, loadConfig } from './load-config.ts';

/** Runs `tenantry-admin` with these arguments: signals and what nobody catches are its business from now on. Resolves with what the process should end with. */
export async function runProgram(args: readonly string[]): Promise<number> {
  // At once: a signal during a slow start must end it, too.
  const signalled = new Promise<void>(stop => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop());
  });
  // Node would print the whole error, with whatever stands on it.
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, error => process.exit(failed(error)));
  return run(args, signalled).catch(failed);
}

function failed(error: unknown): number {
  say(process.stderr, errorLine(error));
  return 1;
}

function say(stream: NodeJS.WriteStream, line: string): void {
  stream.write(`tenantry-admin: ${line}\n`);
}

async function run(args: readonly string[], signalled: Promise<void>): Promise<number> {
  const { config, port, host, help } = parseArguments(args);
  if (help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (!config) throw new TenantryError('INVALID_OPTION', '`--config FILE` is missing; see `tenantry-admin --help`.');
  const options = await Promise.race([loadConfig(config), signalled]);
  if (!options) return 0;
  await serve({ ...options, ...(port !== undefined && { port }), ...(host !== undefined && { host }) }, signalled);
  say(process.stdout, 'stopped');
  return 0;
}

async function serve(
  { port = 4000, host = '127.0.0.1', close, ...options }: AdminConfig,
  signalled: Promise<void>,
): Promise<void> {
  const report = options.onError ?? (error => say(process.stderr, errorLine(error)));
  // Only now: what a mistake in the config needs is there sooner.
  const [{ createAdmin }, { createPage }] = await Promise.all([
    import('./create-admin.ts'),
    import('@tenantry/admin-ui'),
  ]);
  const page = options.page ?? createPage({ base: `${options.basePath ?? ''}/` });
  const admin = await createAdmin({ ...options, page, onError: report });
  try {
    const { url } = await admin.listen(port, host);
    if (!options.auth)
      say(process.stdout, 'no `auth` is configured: only this machine is answered, and may do everything');
    say(process.stdout, `ready at ${url}`);
    await signalled;
    say(process.stdout, 'stopping');
  } finally {
    await admin.close();
    await options.client.close();
    await options.orm?.close();
    await close?.();
  }
}
