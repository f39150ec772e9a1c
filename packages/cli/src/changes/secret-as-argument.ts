import { Failure } from '../failures/failure.ts';

/** The value of a secret stood on the command line. */
export function secretAsArgument(config: string): Failure {
  return new Failure(
    'SECRET_AS_ARGUMENT',
    `${config} is a secret, and every process of this machine can read arguments: consider the value as seen. Give it with @FILE or - (stdin). Nothing was written.`,
  );
}
