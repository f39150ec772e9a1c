import { connect } from 'node:net';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** True once a MySQL or MariaDB at this address sends its greeting; it does so unasked, to anybody. */
export function databaseAnswers(address: Address): Promise<boolean> {
  return firstBytes(address).then(bytes => bytes !== undefined);
}

/** True once a Redis at this address serves commands (it says LOADING while it still reads its files). */
export function redisAnswers(address: Address): Promise<boolean> {
  return firstBytes(address, 'PING\r\n').then(bytes => /^(\+PONG|-NOAUTH)/.test(bytes ?? ''));
}

function firstBytes({ host, port }: Address, say = ''): Promise<string | undefined> {
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
