import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { Failure } from '../failures/failure.ts';
import { Interrupted } from '../failures/interrupted.ts';
import type { Io } from '../program/io.ts';
import { textOf } from './given-value.ts';

/** A token: asked for on a terminal without showing it, and else all of stdin. `INVALID_OPTION`. */
export async function tokenOf(io: Io): Promise<string> {
  const text = io.stdin.isTTY && io.stderr.isTTY ? await askHidden(io) : await textOf(io);
  const token = text.trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new Failure('INVALID_OPTION', 'There is no token on stdin, or it has characters that no token has.');
}

async function askHidden({ stdin, stderr, signal }: Io): Promise<string> {
  // What is typed goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true });
  const onAbort = () => lines.emit('SIGINT');
  signal.addEventListener('abort', onAbort);
  // Only now: what is typed is not shown any more.
  stderr.write('Token (not shown): ');
  try {
    return await new Promise((resolve, reject) => {
      lines.once('line', resolve);
      lines.once('SIGINT', () => reject(new Interrupted()));
      // Ctrl-D: nothing was typed.
      lines.once('close', () => resolve(''));
    });
  } finally {
    signal.removeEventListener('abort', onAbort);
    lines.close();
    stderr.write('\n');
  }
}
