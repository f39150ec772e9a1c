import type { Address } from './answers.ts';

export type DatabaseKind = 'mariadb' | 'mysql' | 'postgresql';

export interface DatabaseServer {
  readonly kind: DatabaseKind;
  readonly url: string;
  close(): Promise<void>;
}

/** A database server of one's own, to be treated badly. */
export interface RestartableServer extends DatabaseServer {
  /** SIGKILL, and a new start on the same data and port. */
  restart(): Promise<void>;
}

/**
 * What both kinds are started with. Durability against a power cut is relaxed, because the data is thrown away anyway;
 * what a killed process leaves is as in production, because each commit still reaches the operating system.
 */
export function databaseArguments({ host, port }: Address, data: string): string[] {
  const settings = ['--character-set-server=utf8mb4', '--max-connections=500'];
  const relaxed = ['--innodb-flush-log-at-trx-commit=2', '--sync-binlog=0', '--performance-schema=OFF'];
  const place = [`--datadir=${data}`, `--socket=${data}/s`, `--port=${port}`, `--bind-address=${host}`];
  return ['--no-defaults', ...place, ...settings, ...relaxed, ...runAsRoot()];
}

/** Both refuse to run as root unless told so by name. */
export function runAsRoot(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}
