import { constants } from 'node:os';

/**
 * Makes Ctrl-C and polite signals an ordinary exit, so that whoever started a process ends it in its 'exit' listener.
 * Without this they would end us on the spot, and leave what we started.
 */
export function exitOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => process.exit(128 + constants.signals[signal]));
  }
}
