import { constants } from 'node:os';

/**
 * Makes Ctrl-C and polite signals an ordinary exit, so that whoever started a process ends it in its 'exit' listener.
 * Without this they would end us on the spot, and leave what we started. `first` is what must be over before; a second
 * signal does not wait for it.
 */
export function exitOnSignals(first: () => Promise<void> = async () => {}): void {
  let exiting = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const exit = (): never => process.exit(128 + constants.signals[signal]);
    process.on(signal, () => {
      if (exiting) exit();
      exiting = true;
      first().then(exit, exit);
    });
  }
}
