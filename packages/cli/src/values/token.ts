import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Failure } from '../failures/failure.ts';
import type { Io } from '../program/io.ts';
import { textOf } from './given-value.ts';

/** A token: asked for on a terminal without showing it, and else all of stdin. `INVALID_OPTION`. */
export async function tokenOf(io: Io): Promise<string> {
  const text = io.stdin.isTTY && io.stderr.isTTY ? await askHidden(io) : await textOf(io.stdin);
  const token = text.trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new Failure('INVALID_OPTION', 'There is no token on stdin, or it has characters that no token has.');
}

async function askHidden({ stdin, stderr, signal }: Io): Promise<string> {
  stderr.write('Token (not shown): ');
  // What is typed goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true });
  try {
    return await lines.question('', { signal });
  } finally {
    lines.close();
    stderr.write('\n');
  }
}
