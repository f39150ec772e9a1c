import type { Address } from './answers.ts';

export interface DatabaseServer {
  readonly kind: 'mariadb' | 'mysql';
  readonly url: string;
  close(): Promise<void>;
}

/** What both kinds are started with. Durability is relaxed: a power cut may take this data, it is thrown away anyway. */
export function databaseArguments({ host, port }: Address, data: string, socket: string): string[] {
  return [
    '--no-defaults',
    `--datadir=${data}`,
    `--socket=${socket}`,
    `--port=${port}`,
    `--bind-address=${host}`,
    '--character-set-server=utf8mb4',
    '--max-connections=500',
    '--innodb-flush-log-at-trx-commit=2',
  ];
}
