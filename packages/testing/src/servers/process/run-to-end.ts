import { spawn } from 'node:child_process';
import { endsWithParent } from './ends-with-parent.ts';
import { explainFailure } from './explain-failure.ts';

export interface Run {
  readonly env?: Readonly<Record<string, string>>;
  /** How it is ended if we have to go first: SIGTERM lets it tidy up. Default SIGKILL. */
  readonly endWith?: NodeJS.Signals;
}

/** Runs a program that ends by itself, and returns what it printed; that is the error's message if it fails. */
export function runToEnd(program: string, args: readonly string[], run: Run = {}): Promise<string> {
  const { env = {}, endWith = 'SIGKILL' } = run;
  // Detached, it leads a group of its own, so that what it starts ends with it.
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  const [command, ...rest] = [...(endWith === 'SIGKILL' ? endsWithParent() : []), program, ...args];
  const child = spawn(command as string, rest, { env: { ...process.env, ...env }, detached: true, stdio });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const endNow = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, endWith);
  };
  process.prependOnceListener('exit', endNow);
  child.once('exit', () => process.removeListener('exit', endNow));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(output);
      const remedy = explainFailure(output);
      const lastWords = output
        .trim()
        .split('\n')
        .slice(remedy ? -8 : -40);
      const what = `${program} ended with ${code ?? signal}`;
      reject(new Error([remedy ? `${remedy} ${what}:` : `${what}:`, ...lastWords].join('\n')));
    });
  });
}
