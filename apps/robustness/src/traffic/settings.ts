import type { Capture, DrawnWorld } from '../drawn/draw-world.ts';

/** Where a process finds Redis. */
export type RedisAddress =
  | { readonly kind: 'single'; readonly url: string }
  | { readonly kind: 'sentinel'; readonly name: string; readonly sentinels: readonly HostAndPort[] }
  | { readonly kind: 'cluster'; readonly nodes: readonly HostAndPort[] };

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** What each process of a run is told. */
export interface ProcessSettings {
  readonly drawn: DrawnWorld;
  /** Unique in the run, another one after each restart. */
  readonly name: string;
  readonly seed: number;
  readonly databaseUrl: string;
  readonly databaseKind: 'mariadb' | 'mysql';
  readonly redis: RedisAddress;
  readonly prefix: string;
  readonly feedLength: number;
  /** How far this process's clock is off, in ms. */
  readonly clockSkewMs: number;
  readonly writeBack: boolean;
  /** A reader that loads by way of the workers what Redis does not have. */
  readonly hasSource: boolean;
  readonly capture: Capture;
  /** A copy of the database that lags, for reads outside of transactions. */
  readonly replica: HostAndPort | undefined;
  /** The files that the loader brings into the store. */
  readonly folder: string;
}

/** Budgets that the checkers hold the calls to. A load has its config's `databaseTimeout` and two of its `cacheTimeout`. */
export const BUDGETS = Object.freeze({
  publishMs: 200,
  readMs: 250,
  loadMs: 2_400,
  heartbeatMs: 500,
  feedTimeoutMs: 500,
});

const NAME = 'TENANTRY_ROBUSTNESS';

export function asVariables(settings: ProcessSettings): Record<string, string> {
  return { [NAME]: JSON.stringify(settings) };
}

export function processSettings(): ProcessSettings {
  const given = process.env[NAME];
  if (given === undefined) throw new Error('This process is started by a run: npm run robustness');
  return JSON.parse(given);
}

/** The schema library of this process. The run itself, which belongs to every world, has zod. */
export function libraryHere(): DrawnWorld['library'] {
  return process.env[NAME] === undefined ? 'zod' : processSettings().drawn.library;
}

/** Milliseconds on the clock that all processes of this machine share, and that nobody sets. */
export function machineTime(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
