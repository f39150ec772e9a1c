// Eats one core, or the disk, until whoever started it is gone: `keep-busy.ts core`, `keep-busy.ts disk FOLDER`.
import { fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** How long it keeps at it before it looks whether it is still wanted. */
const SLICE_MS = 50;
const CHUNK = Buffer.alloc(4 * 2 ** 20, 7);
/** The file is written over and over; it never grows past this. */
const MOST_CHUNKS = 32;

const [, , what, folder = ''] = process.argv;
process.on('disconnect', () => process.exit());
if (what === 'disk') eatDisk(openSync(join(folder, 'busy'), 'w'), 0);
else eatCore();

function eatCore(): void {
  const until = performance.now() + SLICE_MS;
  while (performance.now() < until);
  setImmediate(eatCore);
}

function eatDisk(file: number, chunk: number): void {
  writeSync(file, CHUNK, 0, CHUNK.length, chunk * CHUNK.length);
  fsyncSync(file);
  setImmediate(eatDisk, file, (chunk + 1) % MOST_CHUNKS);
}
