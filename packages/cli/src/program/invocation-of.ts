import type { Api } from '../connection/api.ts';
import { Output } from '../output/output.ts';
import { visible } from '../output/visible.ts';
import { formatOf, type GlobalOptions } from './global-options.ts';
import type { Invocation } from './invocation.ts';
import type { Io } from './io.ts';

/** What was given to a command. */
export interface GivenWords {
  readonly args: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
}

const TIMEOUT_MS = 30_000;

/** The call of a command: with its output, and with a server that is looked for when it is asked for. */
export function invocationOf(io: Io, { args, options }: GivenWords): Invocation<unknown, unknown> {
  const global = options as unknown as GlobalOptions;
  const say = (line: string): void => void io.stderr.write(`${visible(line)}\n`);
  const debug = global.debug ? say : () => undefined;
  const api = async ({ readsOnly }: { readonly readsOnly?: boolean } = {}): Promise<Api> => {
    const [{ Api }, { settingsOf }] = await Promise.all([
      import('../connection/api.ts'),
      import('../connection/settings.ts'),
    ]);
    const settings = await settingsOf(global, io.env);
    const timeoutMs = global.timeout ?? TIMEOUT_MS;
    return new Api({ ...settings, timeoutMs, signal: io.signal, debug, readsOnly });
  };
  return { args, options, global, io, say, out: outputOf(io, global), api };
}

/** Where answers are printed, and how. */
export function outputOf({ stdout, env }: Io, global: Partial<Pick<GlobalOptions, 'output' | 'color'>>): Output {
  const { output, color = 'auto' } = global;
  const isTerminal = stdout.isTTY === true;
  const isColoured = color === 'auto' ? isTerminal && !env.NO_COLOR && env.TERM !== 'dumb' : color === 'always';
  // Some terminals do not say how wide they are.
  const columns = isTerminal ? stdout.columns || undefined : undefined;
  return new Output({ stream: stdout, format: formatOf({ output }), isColoured, columns });
}
