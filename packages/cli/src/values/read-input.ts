import { constants } from 'node:buffer';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { addAbortSignal } from 'node:stream';
import { Failure, wrongUse } from '../failures/failure.ts';

/** A longer text is none that this program could read. */
const MOST_BYTES = constants.MAX_STRING_LENGTH;

/** How a file is read. */
export interface InputOptions {
  /** Ctrl-C ends the wait for a pipe that nobody writes to. */
  readonly signal: AbortSignal;
  /** Default: as long as a text can be. */
  readonly mostBytes?: number | undefined;
}

/** The bytes of a file that somebody names, which may be a pipe or a device without an end. `INVALID_OPTION`; `cannot` says that it cannot be read. */
export async function readInput(
  path: string,
  cannot: (code: string | undefined) => string,
  { signal, mostBytes }: InputOptions,
): Promise<Buffer> {
  try {
    // A pipe that nobody has opened for writing holds the call that opens it: no stream of it hears of the signal.
    return await Promise.race([bytesOf(createReadStream(path), path, { signal, mostBytes }), abortOf(signal)]);
  } catch (error) {
    if (error instanceof Failure || signal.aborted) throw error;
    throw wrongUse(cannot((error as NodeJS.ErrnoException).code));
  }
}

function abortOf(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(signal.reason);
  else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}

/** All of a stream. `INVALID_OPTION` for one that is longer than any text. */
export async function bytesOf(
  stream: Readable,
  from: string,
  { signal, mostBytes = MOST_BYTES }: InputOptions,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of addAbortSignal(signal, stream)) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > mostBytes) throw wrongUse(`${from} is longer than ${mostBytes} bytes. Nothing was written.`);
    chunks.push(part);
  }
  return Buffer.concat(chunks);
}
