import { createHash } from 'node:crypto';
import { type BigIntStats, close, constants, fstat, open, read } from 'node:fs';
import type { FileProblem } from './file-problem.ts';
import { type Entry, isGone, Moved } from './list-entries.ts';

/** The bytes of a file, all of one moment. */
export interface FileContent {
  readonly bytes: Buffer;
  readonly sha256: string;
  readonly stats: BigIntStats;
}

type Refusal = Pick<FileProblem, 'code' | 'message'>;

/** Reads a file whole. `Moved` where it is gone. */
export async function readFile(
  { path, real }: Pick<Entry, 'path' | 'real'>,
  maxBytes: number,
): Promise<FileContent | Refusal> {
  try {
    return await readBytes(real, maxBytes);
  } catch (error) {
    if (isGone(error)) throw new Moved(path);
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    return { code: 'UNREADABLE', message: `the file cannot be read (${code})` };
  }
}

/** One promise for each file, and not one for each step: with thousands of files that is a third of what reading them costs. */
function readBytes(real: string, maxBytes: number): Promise<FileContent | Refusal> {
  return new Promise((resolve, reject) => {
    // A pipe would wait for its writer, and no check before can exclude that the file becomes one.
    open(real, constants.O_RDONLY | constants.O_NONBLOCK, (failure, fd) => {
      if (failure) reject(failure);
      else
        readOpen(fd, maxBytes, (error, content) =>
          close(fd, () => (content ? resolve(content) : reject(error ?? new Error('It was not read.')))),
        );
    });
  });
}

type Done = (error: Error | null, content?: FileContent | Refusal) => void;

function readOpen(fd: number, maxBytes: number, done: Done): void {
  fstat(fd, { bigint: true }, (failure, before) => {
    if (failure) return done(failure);
    if (!before.isFile()) return done(null, { code: 'NOT_A_FILE', message: 'it is no regular file' });
    if (before.size > maxBytes)
      return done(null, {
        code: 'TOO_LARGE',
        message: `the file has ${before.size} bytes, and ${maxBytes} are the limit (\`maxFileBytes\`)`,
      });
    const bytes = Buffer.allocUnsafe(Number(before.size));
    readAll(fd, bytes, 0, (error, isWhole) => {
      if (error) return done(error);
      fstat(fd, { bigint: true }, (late, stats) => {
        if (late) return done(late);
        if (!isWhole || stats.size !== before.size || stats.mtimeNs !== before.mtimeNs)
          return done(null, { code: 'CHANGING', message: 'the file changed while it was read' });
        done(null, { bytes, stats, sha256: createHash('sha256').update(bytes).digest('hex') });
      });
    });
  });
}

/** As many bytes as the file had; false where it has fewer by now. */
function readAll(
  fd: number,
  bytes: Buffer,
  from: number,
  done: (error: Error | null, isWhole?: boolean) => void,
): void {
  if (from === bytes.length) done(null, true);
  else
    read(fd, bytes, from, bytes.length - from, from, (error, count) => {
      if (error || count === 0) done(error, false);
      else readAll(fd, bytes, from + count, done);
    });
}

/** What tells a file from the same file after a change, as far as its folder says. */
export function signatureOf(real: string, { dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${real}\0${dev}.${ino}.${size}.${mtimeNs}.${ctimeNs}`;
}
