import { type ExitCode, exitCodeOf } from './exit-codes.ts';

/** What a failure may have beside its code. */
export interface FailureOptions extends ErrorOptions {
  /** What the server answered; absent: it is of this program. */
  readonly status?: number | undefined;
  readonly retryable?: boolean | undefined;
  /** Facts for programs: never a value. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** What stopped a command: one of the server's codes, or one of this program. The message holds no value, no secret and no token. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: string;
  readonly status: number | undefined;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    { status, retryable = false, details = {}, ...rest }: FailureOptions = {},
  ) {
    super(message, rest);
    this.code = code;
    this.status = status;
    this.retryable = retryable;
    this.details = details;
  }

  get exitCode(): ExitCode {
    return exitCodeOf(this.code);
  }
}

/** A mistake on the command line: `INVALID_OPTION`. */
export function wrongUse(message: string): Failure {
  return new Failure('INVALID_OPTION', message);
}
