import { createHash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
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
  let file: FileHandle | undefined;
  try {
    // A pipe would wait for its writer, and no check before can exclude that the file becomes one.
    file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK);
    return await readOpen(file, maxBytes);
  } catch (error) {
    if (isGone(error)) throw new Moved(path);
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    return { code: 'UNREADABLE', message: `the file cannot be read (${code})` };
  } finally {
    await file?.close();
  }
}

async function readOpen(file: FileHandle, maxBytes: number): Promise<FileContent | Refusal> {
  const before = await file.stat({ bigint: true });
  if (!before.isFile()) return { code: 'NOT_A_FILE', message: 'it is no regular file' };
  if (before.size > maxBytes)
    return {
      code: 'TOO_LARGE',
      message: `the file has ${before.size} bytes, and ${maxBytes} are the limit (\`maxFileBytes\`)`,
    };
  const bytes = await readAll(file, Number(before.size));
  const stats = await file.stat({ bigint: true });
  if (!bytes || stats.size !== before.size || stats.mtimeNs !== before.mtimeNs)
    return { code: 'CHANGING', message: 'the file changed while it was read' };
  return { bytes, stats, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** As many bytes as the file had; undefined where it has fewer by now. */
async function readAll(file: FileHandle, size: number): Promise<Buffer | undefined> {
  const bytes = Buffer.allocUnsafe(size);
  let read = 0;
  while (read < size) {
    const { bytesRead } = await file.read(bytes, read, size - read, read);
    if (bytesRead === 0) return undefined;
    read += bytesRead;
  }
  return bytes;
}

/** What tells a file from the same file after a change, as far as its folder says. */
export function signatureOf(real: string, { dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${real}\0${dev}.${ino}.${size}.${mtimeNs}.${ctimeNs}`;
}
