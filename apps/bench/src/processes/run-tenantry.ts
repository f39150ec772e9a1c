import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// As a user has it: the modules that `tsc` made, and what Node keeps of them from one start to the next.
export const PROGRAM = fileURLToPath(new URL('./main.js', import.meta.resolve('@tenantry/cli')));
const TELLS_RSS =
  '--import=data:text/javascript,process.on("exit",()=>process.stderr.write("rss "+process.resourceUsage().maxRSS))';

/** How one process went. */
export interface Ran {
  /** From the start of the process until its end, and until its first line. */
  readonly ms: number;
  readonly firstMs: number;
  readonly lines: number;
  /** kB */
  readonly rss: number;
}

/** Runs `tenantry` to its end, and looks at its memory. */
export function runTenantry(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  exitCode = 0,
): Promise<Ran> {
  return runNode([TELLS_RSS, PROGRAM, ...words], env, exitCode);
}

/** Runs Node to its end. */
export async function runNode(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  exitCode = 0,
): Promise<Ran> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [firstMs, lines, errors] = [0, 0, ''];
  child.stdout.on('data', (chunk: Buffer) => {
    firstMs ||= performance.now() - startedAt;
    for (const byte of chunk) if (byte === 10) lines++;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk;
  });
  const code = await new Promise<number | null>(resolve => child.once('close', resolve));
  if (code !== exitCode) throw new Error(`${args.join(' ')} ended with ${code}: ${errors}`);
  return { ms: performance.now() - startedAt, firstMs, lines, rss: Number(/rss (\d+)/.exec(errors)?.[1] ?? 0) };
}
