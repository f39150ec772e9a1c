import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem, type } from 'node:os';
import type { Figure } from './figure.ts';

/** A whole run, as `--json` writes it. */
export interface Report {
  readonly startedAt: string;
  readonly command: string;
  readonly quick: boolean;
  readonly machine: string;
  readonly servers: string;
  /** Node and every library that was measured, by name. */
  readonly versions: Readonly<Record<string, string>>;
  readonly benches: readonly { readonly name: string; readonly figures: readonly Figure[] }[];
}

/** What a report says of the run itself. */
export function reportHead(servers: string, quick: boolean, args: readonly string[]): Omit<Report, 'benches'> {
  const [core] = cpus();
  return {
    startedAt: new Date().toISOString(),
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    quick,
    machine: `${type()}, ${cpus().length} cores (${core?.model.trim() || 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GB; load ${loadavg()[0]?.toFixed(1)} before the run`,
    servers,
    versions: { node: process.versions.node, ...pinnedVersions() },
  };
}

/** Those of our package.json, where every one of them is pinned. */
function pinnedVersions(): Record<string, string> {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as Record<'dependencies' | 'devDependencies', Record<string, string>>;
  return Object.fromEntries(
    Object.entries({ ...dependencies, ...devDependencies }).sort(([a], [b]) => a.localeCompare(b)),
  );
}
