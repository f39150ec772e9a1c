import { TenantryError } from '@tenantry/protocol';
import { errorLine, withoutValues } from '@tenantry/protocol/internal';
import { endConnection, within } from '@tenantry/redis';
import { type AuditArguments, parseArguments, USAGE } from './cli/parse-arguments.ts';
import { loadConfig } from './load-config.ts';
import { throttleErrors } from './schedule/throttle-errors.ts';
import { checkWorkerOptions, type WorkerOptions } from './worker-options.ts';

/** Runs `tenantry-worker` with these arguments: signals and what nobody catches are its business from now on. Resolves with what the process should end with. */
export async function runProgram(args: readonly string[]): Promise<number> {
  // At once: a signal during a slow start must end it, too.
  const signalled = new Promise<void>(stop => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop());
  });
  const isAudit = args[0] === 'audit';
  const failed = (error: unknown): number => {
    say(process.stderr, errorLine(error));
    return isAudit ? 2 : 1;
  };
  // Node would print the whole error, with whatever stands on it.
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, error => process.exit(failed(error)));
  return run(args, signalled).catch(failed);
}

function say(stream: NodeJS.WriteStream, line: string): void {
  stream.write(`tenantry-worker: ${line}\n`);
}

async function run(args: readonly string[], signalled: Promise<void>): Promise<number> {
  const isAudit = args[0] === 'audit';
  const { config, help, ...flags } = parseArguments(isAudit ? args.slice(1) : args, isAudit);
  if (help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (!config) throw new TenantryError('INVALID_OPTION', '`--config FILE` is missing; see `tenantry-worker --help`.');
  const options = await Promise.race([loadConfig(config), signalled]);
  if (!options) return isAudit ? 2 : 0;
  const report = throttleErrors(error => say(process.stderr, errorLine(error)));
  const { orm, redis, closeTimeoutMs } = checkWorkerOptions(options);
  redis.on('error', error => report(withoutValues(error, 'The connection to Redis')));
  const code = isAudit ? await auditOnce(options, flags, signalled) : await work(heard(options, report), signalled);
  endConnection(redis);
  await within(closeTimeoutMs, 'Closing the ORM', orm.close()).catch(error =>
    report(withoutValues(error, 'Closing the ORM')),
  );
  if (!isAudit) say(process.stdout, 'stopped');
  return code;
}

/** Somebody hears of errors, and nobody hears of one twice: a logger has them all. */
function heard(options: WorkerOptions, report: (error: TenantryError) => void): WorkerOptions {
  return options.onError || options.logger ? options : { ...options, onError: report };
}

async function work(options: WorkerOptions, signalled: Promise<void>): Promise<number> {
  // Only now: what a mistake in the config needs is there in a third of the time.
  const { startWorker } = await import('./start-worker.ts');
  const worker = await startWorker(options);
  say(process.stdout, 'ready');
  await signalled;
  say(process.stdout, 'stopping');
  await worker.close();
  return 0;
}

async function auditOnce(options: WorkerOptions, flags: AuditArguments, signalled: Promise<void>): Promise<number> {
  const { repair = false, resync = false, json = false, tenant, after } = flags;
  if (resync && (repair || tenant !== undefined || after !== undefined))
    throw new TenantryError(
      'INVALID_OPTION',
      '`--resync` repairs everything: it goes with none of --repair, --tenant, --after.',
    );
  const stop = new AbortController();
  void signalled.then(() => stop.abort());
  const write = (line: string) => process.stdout.write(`${line}\n`);
  const { runAudit } = await import('./cli/audit-command.ts');
  return runAudit(options.orm, { repair, resync, json, tenant, after }, stop.signal, write);
}
