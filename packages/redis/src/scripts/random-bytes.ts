import { randomBytes } from 'node:crypto';

const POOL_BYTES = 4_096;

/** Random bytes, drawn for many callers at once: by themselves, a few would cost more than the write they are for. */
export function createRandomBytes(): (size: number) => Buffer {
  let pool: Buffer = Buffer.alloc(0);
  let at = 0;
  return size => {
    if (at + size > pool.length) {
      pool = randomBytes(POOL_BYTES);
      at = 0;
    }
    at += size;
    return pool.subarray(at - size, at);
  };
}
