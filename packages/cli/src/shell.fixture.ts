import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { lab, type Ran, TOKENS } from './cli.fixture.ts';

export const MAIN = new URL('./main.ts', import.meta.url);
export const SOURCES = new URL('../../testing/src/sources.ts', import.meta.url).href;

/** What tells a process of the program which server, and who calls. */
export const labEnv = () => ({ TENANTRY_URL: lab.url, TENANTRY_TOKEN: TOKENS.root, HOME: '/nowhere' });

/** Runs a line of bash against the lab's server; `tenantry` is the program in it, as a process. The code is that of the first command of a pipe that fails. */
export async function shell(line: string, more: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const program = [process.execPath, '--import', SOURCES, fileURLToPath(MAIN)].map(word => `'${word}'`).join(' ');
  const args = ['-o', 'pipefail', '-c', `tenantry() { ${program} "$@"; }\n${line}`];
  const options = { env: { ...process.env, ...labEnv(), ...more }, maxBuffer: 2 ** 28 };
  return promisify(execFile)('bash', args, options).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    ({ code, stdout, stderr }) => ({ code, out: stdout, err: stderr }),
  );
}
