import { randomUUID } from 'node:crypto';
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

export interface CommandMonitor {
  /**
   * Resolves once all that Redis was sent before was told. Nobody else's answer says that: on a busy machine what the monitor is told
   * is read later than the answers on other connections.
   */
  caughtUp(): Promise<void>;
  end(): void;
}

/**
 * Tells of each command from now on, until `end()`. By MONITOR on a socket of its own: ioredis 6.0.0 counts what is told before MONITOR
 * is acknowledged as answers, and fails with "Command queue state error" where others send at that moment.
 */
export async function monitorCommands(
  { host, port }: { readonly host: string; readonly port: number },
  onCommand: (command: MonitoredCommand) => void,
): Promise<CommandMonitor> {
  const socket = connect(port, host);
  const lines = createInterface({ input: socket });
  const waiting = new Map<string, () => void>();
  socket.write('MONITOR\r\n');
  await once(lines, 'line');
  lines.on('line', line => {
    const [, from = '', command = ''] = /^\+\S+ \[\d+ (\S+)\] (.*)$/.exec(line) ?? [];
    const args = Array.from(command.matchAll(/"((?:[^"\\]|\\.)*)"/g), ([, arg = '']) => arg);
    const reached = waiting.get(args[1] ?? '');
    if (reached) reached();
    else if (args.length > 0) onCommand({ from, args });
  });
  return {
    async caughtUp() {
      // A connection that monitors may send commands, and is told of them in their place.
      const mark = randomUUID();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      waiting.set(mark, resolve);
      socket.once('close', () => reject(new Error('The connection of MONITOR was closed.')));
      socket.write(`ECHO ${mark}\r\n`, error => error && reject(error));
      await promise.finally(() => waiting.delete(mark));
    },
    end: () => void socket.destroy(),
  };
}
