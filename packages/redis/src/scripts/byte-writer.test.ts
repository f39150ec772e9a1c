import { describe, expect, it } from 'vitest';
import { createByteWriter } from './byte-writer.ts';

describe('a byte writer', () => {
  it('puts lengths before what it writes, and grows', () => {
    const writer = createByteWriter();
    for (const size of [1, 20_000, 2_000_000, 1]) {
      writer.begin();
      writer.name('é');
      writer.text('😀'.repeat(size));
      writer.bytes(Buffer.from('xyz'), 1);
      const taken = writer.take();
      expect(taken.subarray(0, 4)).toEqual(Buffer.from([0, 2, 0xc3, 0xa9]));
      expect(taken.readUInt32BE(4)).toBe(4 * size);
      expect(taken.toString('utf8', 8, 12)).toBe('😀');
      expect(taken.subarray(8 + 4 * size)).toEqual(Buffer.from([0, 0, 0, 2, 0x79, 0x7a]));
    }
  });

  it('forgets what a writer that failed left', () => {
    const writer = createByteWriter();
    writer.begin();
    writer.text('a');
    expect(() => writer.name('x'.repeat(65_536))).toThrow(RangeError);
    writer.begin();
    writer.name('b');
    expect(writer.take()).toEqual(Buffer.from([0, 1, 0x62]));
  });

  it('gives bytes that later writes do not touch', () => {
    const writer = createByteWriter();
    const taken = ['a', 'b'].map(name => {
      writer.begin();
      writer.name(name);
      return writer.take();
    });
    expect(taken.map(bytes => bytes.toString('utf8', 2))).toEqual(['a', 'b']);
  });
});
