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

  it('puts the length of several pieces before them', () => {
    const writer = createByteWriter();
    writer.begin();
    writer.ascii('p');
    const opened = writer.openSized();
    writer.byte(0x94);
    writer.count(3);
    writer.double(1.5);
    writer.name('ab');
    writer.closeSized(opened);
    writer.ascii('x'.repeat(20_000));
    expect(writer.length).toBe(1 + 4 + 17 + 20_000);
    expect(writer.take().toString('latin1', 0, 23)).toBe('p\0\0\0\x11\x94\0\0\0\x03\x3f\xf8\0\0\0\0\0\0\0\x02abx');
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
