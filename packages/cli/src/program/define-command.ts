import type { RouteId } from '@tenantry/admin-api';
import type { ExitCode } from '../failures/exit-codes.ts';
import type { Invocation } from './invocation.ts';
import type { Arguments, Given, Options } from './options.ts';

/** One thing that the program does. Its help is its page in the docs. */
export interface Command<A extends Arguments = Arguments, O extends Options = Options> {
  /** Sentences below the summary, each paragraph a text. */
  readonly details?: readonly string[];
  readonly args: A;
  readonly options: O;
  /** What it calls of the API: a test holds that each route has a command. */
  readonly routes: readonly RouteId[];
  /** Each with what it does, if that is not plain. */
  readonly examples: readonly string[];
  /** What the program ends with; nothing: 0. */
  run(call: Invocation<Given<A>, Given<O>>): Promise<ExitCode | undefined>;
}

/** Lets the compiler know what `run` gets. */
export function defineCommand<const A extends Arguments, const O extends Options>(
  command: Command<A, O>,
): Command<A, O> {
  return command;
}
