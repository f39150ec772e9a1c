// The program as a function: for tests, and for programs that call it without a process.

export { EXIT, type ExitCode } from './failures/exit-codes.ts';
export type { Io } from './program/io.ts';
export { runCli } from './run-cli.ts';
