import type { Writable } from 'node:stream';
import { CATALOG } from './catalog.ts';
import { VERSION } from './connection/version.ts';
import { EXIT, type ExitCode } from './failures/exit-codes.ts';
import { Interrupted } from './failures/interrupted.ts';
import { NobodyReads } from './output/output.ts';
import type { Parsed } from './program/build-program.ts';
import { invocationOf, outputOf } from './program/invocation-of.ts';
import type { Io } from './program/io.ts';
import { failureText, toFailure } from './program/say-failure.ts';
import { wantedOf } from './program/wanted.ts';

/**
 * Runs one command of `tenantry`: `words` is what stands behind the program's name. Resolves with what the program should end with, and never
 * rejects. Where it writes to is left open, and has taken all by then: the program may end.
 */
export async function runCli(words: readonly string[], io: Io): Promise<number> {
  // Told by the writes themselves.
  const ignore = () => undefined;
  for (const stream of [io.stdout, io.stderr]) stream.on('error', ignore);
  try {
    return await run(words, io);
  } catch (error) {
    if (error instanceof NobodyReads) return EXIT.done;
    if (io.signal.aborted || error instanceof Interrupted) return EXIT.interrupted;
    const failure = toFailure(error);
    io.stderr.write(failureText(failure, wantsJsonErrors(words, io)));
    if (failure.code === 'INTERNAL' && words.includes('--debug')) io.stderr.write(`${stackOf(failure.cause)}\n`);
    return failure.exitCode;
  } finally {
    for (const stream of [io.stdout, io.stderr]) {
      await taken(stream);
      stream.off('error', ignore);
    }
  }
}

/** What a pipe has not taken yet is lost where a program exits. */
function taken(stream: Writable): Promise<void> {
  return new Promise(resolve => stream.write('', () => resolve()));
}

async function run(words: readonly string[], io: Io): Promise<ExitCode> {
  const out = outputOf(io, {});
  if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
    await out.write(`${VERSION}\n`);
    return EXIT.done;
  }
  const { path, leaf } = wantedOf(CATALOG, words);
  const [command, { parseWords }] = await Promise.all([leaf?.load(), import('./program/build-program.ts')]);
  const parsed: Parsed = await parseWords(CATALOG, command && { path, command }, words);
  if ('text' in parsed) {
    await out.one(undefined, parsed.text.replace(/\n$/, ''));
    // Words that name no command are answered with help, too; but a script that says them did not do what it was to do.
    return parsed.isAsked || words.length === 0 ? EXIT.done : EXIT.failed;
  }
  const call = invocationOf(io, parsed) as unknown as Parameters<typeof parsed.command.run>[0];
  return (await parsed.command.run(call)) ?? EXIT.done;
}

/** Before anything is parsed: what cannot be parsed is a failure, too. */
function wantsJsonErrors(words: readonly string[], { stderr }: Io): boolean {
  if (words.includes('--json-errors')) return true;
  const text = ` ${words.join(' ')} `;
  return / (-o|--output)[ =]?(nd)?json /.test(text) && stderr.isTTY !== true;
}

/** Without the message: it may say what was sent. */
function stackOf(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause;
  const frames = (cause.stack ?? '').split('\n').filter(line => line.startsWith('    at '));
  return [cause.name, ...frames].join('\n');
}
