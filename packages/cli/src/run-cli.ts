import { CommanderError } from 'commander';
import { CATALOG } from './catalog.ts';
import { Api } from './connection/api.ts';
import { settingsOf } from './connection/settings.ts';
import { EXIT, type ExitCode } from './failures/exit-codes.ts';
import { wrongUse } from './failures/failure.ts';
import { NobodyReads, Output } from './output/output.ts';
import { buildProgram, type Run } from './program/build-program.ts';
import { formatOf, type GlobalOptions } from './program/global-options.ts';
import type { Invocation } from './program/invocation.ts';
import type { Io } from './program/io.ts';
import { failureText, toFailure } from './program/say-failure.ts';
import { wantedOf } from './program/wanted.ts';

/** Runs one command of `tenantry`: `words` is what stands behind the program's name. Resolves with what the program should end with; never rejects. */
export async function runCli(words: readonly string[], io: Io): Promise<number> {
  // Told by the writes themselves.
  const ignore = () => undefined;
  for (const stream of [io.stdout, io.stderr]) stream.on('error', ignore);
  try {
    return await run(words, io);
  } catch (error) {
    if (error instanceof NobodyReads) return EXIT.done;
    if (io.signal.aborted) return EXIT.interrupted;
    const failure = toFailure(error);
    io.stderr.write(failureText(failure, wantsJsonErrors(words, io)));
    if (failure.code === 'INTERNAL' && words.includes('--debug')) io.stderr.write(`${stackOf(failure.cause)}\n`);
    return failure.exitCode;
  } finally {
    for (const stream of [io.stdout, io.stderr]) stream.off('error', ignore);
  }
}

async function run(words: readonly string[], io: Io): Promise<ExitCode> {
  const { path, leaf } = wantedOf(CATALOG, words);
  const loaded = leaf && { path, command: await leaf.load() };
  let exit: ExitCode = EXIT.done;
  let texts = '';
  const keep = (text: string) => {
    texts += text;
  };
  const start: Run = async (command, args, options) => {
    const call = invocationOf(io, args, options) as unknown as Parameters<typeof command.run>[0];
    exit = (await command.run(call)) ?? EXIT.done;
  };
  const program = buildProgram(CATALOG, loaded, { out: keep, err: keep }, start);
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0 && texts === '') throw wrongUse(sentence(error.message, path));
    // Words without a command are a question, too; but a script that asks so did not do what it was to do.
    const isHelp = error.exitCode === 0 || words.length === 0;
    await outputOf(io, { output: undefined, color: undefined }).write(texts);
    return isHelp ? EXIT.done : EXIT.failed;
  }
  return exit;
}

/** What commander says, as a sentence. */
function sentence(message: string, path: readonly string[]): string {
  const [first = '', ...rest] = message.replace(/^error: /, '').split('\n');
  const text = [first.charAt(0).toUpperCase() + first.slice(1), ...rest].join(' ').replace(/[.]?$/, '.');
  return `${text} See \`${['tenantry', ...path, '--help'].join(' ')}\`.`;
}

function invocationOf(
  io: Io,
  args: Record<string, unknown>,
  options: Record<string, unknown>,
): Invocation<unknown, unknown> {
  const global = options as unknown as GlobalOptions;
  const say = (line: string) => void io.stderr.write(`${line}\n`);
  const connect = async ({ readsOnly }: { readonly readsOnly?: boolean } = {}) => {
    const { url, token } = await settingsOf(global, io.env);
    const debug = global.debug ? say : () => undefined;
    return new Api({ url, token, timeoutMs: global.timeout ?? 30_000, signal: io.signal, debug, readsOnly });
  };
  return { args, options, global, io, say, out: outputOf(io, global), api: connect };
}

function outputOf({ stdout, env }: Io, global: Pick<GlobalOptions, 'output' | 'color'>): Output {
  const isTerminal = stdout.isTTY === true;
  const isAuto = global.color === undefined || global.color === 'auto';
  const isColoured = isAuto ? isTerminal && !env.NO_COLOR && env.TERM !== 'dumb' : global.color === 'always';
  return new Output({
    stream: stdout,
    format: formatOf(global),
    isColoured,
    columns: isTerminal ? stdout.columns : undefined,
  });
}

/** Before anything is parsed: what cannot be parsed is a failure, too. */
function wantsJsonErrors(words: readonly string[], { stderr }: Io): boolean {
  if (words.includes('--json-errors')) return true;
  const asksJson = words.some(
    (word, i) =>
      /^(-o|--output=?)(json|ndjson)$/.test(word) ||
      (/^(-o|--output)$/.test(word) && /^(nd)?json$/.test(words[i + 1] ?? '')),
  );
  return asksJson && stderr.isTTY !== true;
}

function stackOf(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.name).replace(cause.message, '…') : typeof cause;
}
