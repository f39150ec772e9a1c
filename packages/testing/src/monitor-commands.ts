import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** A command that a Redis was sent. */
export interface MonitoredCommand {
  /** The address of its connection, or `lua` where a script sent it. */
  readonly from: string;
  /** The command and its arguments, each as MONITOR spells it: bytes beside the printable ones are escaped. */
  readonly args: readonly string[];
}

/**
 * Tells of each command from now on, until `end()`. By MONITOR on a socket of its own: ioredis 6.0.0 counts what is told before MONITOR
 * is acknowledged as answers, and fails with "Command queue state error" where others send at that moment.
 */
export async function monitorCommands(
  { host, port }: { readonly host: string; readonly port: number },
  onCommand: (command: MonitoredCommand) => void,
): Promise<{ end(): void }> {
  const socket = connect(port, host);
  const lines = createInterface({ input: socket });
  socket.write('MONITOR\r\n');
  await once(lines, 'line');
  lines.on('line', line => {
    const [, from = '', command = ''] = /^\+\S+ \[\d+ (\S+)\] (.*)$/.exec(line) ?? [];
    const args = Array.from(command.matchAll(/"((?:[^"\\]|\\.)*)"/g), ([, arg = '']) => arg);
    if (args.length > 0) onCommand({ from, args });
  });
  return { end: () => void socket.destroy() };
}
