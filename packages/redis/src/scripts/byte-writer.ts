const FIRST_BYTES = 16_384;
/** Larger ones are not kept for the next time. */
const KEPT_BYTES = 1_048_576;

/**
 * Puts many small pieces into one Buffer. As an argument each, they would cost ioredis more than it costs to make them, and
 * Redis about as much again.
 */
export interface ByteWriter {
  /** How much was written since it began. */
  readonly length: number;
  /** Forgets what was written and not taken: whoever was at it may have failed. */
  begin(): void;
  byte(value: number): void;
  /** Four bytes. */
  count(value: number): void;
  /** Eight bytes. */
  double(value: number): void;
  /** Without its length. */
  ascii(text: string): void;
  /** Has the four bytes of length written before what is written until `closeSized`, which is given what this answers. */
  openSized(): number;
  closeSized(opened: number): void;
  /** UTF-8, with two bytes of length before it. */
  name(text: string): void;
  /** UTF-8, with four bytes of length before it. */
  text(text: string): void;
  /** From there to its end, with four bytes of length before it. */
  bytes(bytes: Buffer, from: number): void;
  /** What was written since it began; the caller's own. */
  take(): Buffer;
}

/** One buffer that is written again and again; it grows to the largest of what was written. */
export function createByteWriter(): ByteWriter {
  let room = Buffer.allocUnsafeSlow(FIRST_BYTES);
  let end = 0;

  function reserve(bytes: number): void {
    if (end + bytes <= room.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (end + bytes));
    room.copy(larger, 0, 0, end);
    room = larger;
  }

  return {
    get length() {
      return end;
    },
    begin() {
      end = 0;
    },
    byte(value) {
      reserve(1);
      end = room.writeUInt8(value, end);
    },
    count(value) {
      reserve(4);
      end = room.writeUInt32BE(value, end);
    },
    double(value) {
      reserve(8);
      end = room.writeDoubleBE(value, end);
    },
    ascii(text) {
      reserve(text.length);
      end += room.write(text, end, 'latin1');
    },
    openSized() {
      reserve(4);
      end += 4;
      return end;
    },
    closeSized(opened) {
      room.writeUInt32BE(end - opened, opened - 4);
    },
    name(text) {
      reserve(2 + 3 * text.length);
      const length = room.write(text, end + 2);
      end = room.writeUInt16BE(length, end) + length;
    },
    text(text) {
      reserve(4 + 3 * text.length);
      const length = room.write(text, end + 4);
      end = room.writeUInt32BE(length, end) + length;
    },
    bytes(bytes, from) {
      const length = bytes.length - from;
      reserve(4 + length);
      end = room.writeUInt32BE(length, end) + length;
      bytes.copy(room, end - length, from);
    },
    take() {
      const taken = Buffer.from(room.subarray(0, end));
      if (room.length > KEPT_BYTES) room = Buffer.allocUnsafeSlow(FIRST_BYTES);
      return taken;
    },
  };
}
