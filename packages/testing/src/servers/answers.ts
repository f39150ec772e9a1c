import { connect } from 'node:net';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The version of the MySQL or MariaDB at this address, once it answers; it greets anybody with it. */
export async function databaseVersion(address: Address): Promise<string | undefined> {
  const greeting = await firstBytes(address, '');
  // Protocol version 10, then the server's version up to a zero; MariaDB puts a fake 5.5.5 before its own.
  return greeting === undefined ? undefined : /^.{4}\n(?:5\.5\.5-)?([^\0]*)\0/s.exec(greeting)?.[1];
}

/** The version of the Redis at this address, once it serves commands (before, it says that it is loading). */
export async function redisVersion(address: Address): Promise<string | undefined> {
  const reply = await firstBytes(address, 'INFO server\r\n');
  if (reply?.startsWith('-NOAUTH')) return 'unknown, asks for a password';
  // Valkey says which Redis it is compatible with, too.
  const valkey = /^valkey_version:(.*)\r$/m.exec(reply ?? '')?.[1];
  return valkey ? `${valkey} (Valkey)` : /^redis_version:(.*)\r$/m.exec(reply ?? '')?.[1];
}

function firstBytes({ host, port }: Address, say: string): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = connect({ host, port, timeout: 1000 }, () => socket.write(say));
    const settle = (bytes?: Buffer): void => {
      socket.destroy();
      resolve(bytes?.toString('latin1'));
    };
    socket.once('data', settle);
    for (const event of ['error', 'close', 'timeout']) socket.once(event, () => settle());
  });
}
