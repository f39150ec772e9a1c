import type { Api } from '../connection/api.ts';
import type { Output } from '../output/output.ts';
import type { GlobalOptions } from './global-options.ts';
import type { Io } from './io.ts';

/** One call of a command: what it was given, and what it reaches the world with. */
export interface Invocation<A, O> {
  readonly args: A;
  readonly options: O;
  readonly global: GlobalOptions;
  readonly io: Io;
  readonly out: Output;
  /** A line for people on stderr: what a program reads on stdout is not disturbed. */
  readonly say: (line: string) => void;
  /** The server. Read from profile and environment when it is first asked for; `readsOnly`: it refuses to send anything that writes. */
  readonly api: (options?: { readonly readsOnly?: boolean }) => Promise<Api>;
}
