import { canInstallDebianPackages, installDebianPackages } from './debian-packages.ts';
import { findProgram } from './find-program.ts';
import { withProgress } from './with-progress.ts';

export interface WantedProgram {
  /** What to look for, the best first. */
  readonly names: readonly string[];
  readonly debian: readonly string[];
  readonly brew: string;
}

/** The program's path, after installing it where that needs nobody's permission; else an error that says what to do. */
export async function ensureProgram(wanted: WantedProgram, onProgress?: (line: string) => void): Promise<string> {
  const found = findProgram(...wanted.names);
  if (found) return found;
  if (canInstallDebianPackages()) {
    const packages = wanted.debian.join(' and ');
    const install = (): Promise<void> => installDebianPackages(wanted.debian, () => findProgram(...wanted.names));
    await withProgress(`installing ${packages}`, onProgress, install);
    const installed = findProgram(...wanted.names);
    if (installed) return installed;
  }
  const [name] = wanted.names;
  const remedy =
    process.platform === 'darwin' ? `brew install ${wanted.brew}` : `apt-get install ${wanted.debian.join(' ')}`;
  throw new Error(
    `${name} is not installed and no Docker engine answers: start Docker, or install it (${remedy}), ` +
      'or point TENANTRY_DATABASE_URL and TENANTRY_REDIS_URL at servers of yours.',
  );
}
