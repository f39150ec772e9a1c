import { crc32, deflateSync, inflateSync } from 'node:zlib';

/** Pixels as red, green and blue, row by row. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** A palette has room for so many. */
const MOST_COLOURS = 256;

/** So many of them are the most frequent; the others are what these are farthest from, such as a word in a colour of its own. */
const MOST_FREQUENT = 128;

/**
 * The same picture with a palette, in about half the bytes: a screen has few colours, and those that are beyond 256 are edges of letters that
 * nobody tells from their neighbours. Takes what a browser takes of its page: eight bits a channel, not interlaced.
 */
export function smallPng(png: Buffer): Buffer {
  const pixels = decode(png);
  const { palette, indexes } = withPalette(pixels);
  const { width, height } = pixels;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8);
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) rows.set(indexes.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const chunks = [chunk('IHDR', header), chunk('PLTE', palette), chunk('IDAT', deflateSync(rows, { level: 9 }))];
  return Buffer.concat([png.subarray(0, 8), ...chunks, chunk('IEND', Buffer.alloc(0))]);
}

/** Reads a PNG of true colours, or one with a palette as it is written here. */
export function decode(png: Buffer): Pixels {
  const parts: Buffer[] = [];
  let palette: Buffer | undefined;
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    const data = png.subarray(at + 8, at + 8 + length);
    if (type === 'IDAT') parts.push(data);
    if (type === 'PLTE') palette = data;
    at += length + 12;
  }
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const channels = palette ? 1 : png[25] === 6 ? 4 : 3;
  const raw = inflateSync(Buffer.concat(parts));
  const stride = width * channels;
  const rgb = new Uint8Array(width * height * 3);
  let above = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const row = unfiltered(raw.subarray(y * (stride + 1), (y + 1) * (stride + 1)), above, channels);
    for (let x = 0; x < width; x++) {
      const from = palette ? 3 * (row[x] ?? 0) : x * channels;
      rgb.set((palette ?? row).subarray(from, from + 3), (y * width + x) * 3);
    }
    above = row;
  }
  return { width, height, rgb };
}

/** A row says by its first byte what each of its bytes is the difference to. */
function unfiltered(filtered: Uint8Array, above: Uint8Array, channels: number): Uint8Array<ArrayBuffer> {
  const [filter] = filtered;
  const row = new Uint8Array(above.length);
  for (let i = 0; i < row.length; i++) {
    const left = row[i - channels] ?? 0;
    const up = above[i] ?? 0;
    const guess =
      filter === 1
        ? left
        : filter === 2
          ? up
          : filter === 3
            ? (left + up) >> 1
            : filter === 4
              ? paeth(left, up, above[i - channels] ?? 0)
              : 0;
    row[i] = (filtered[i + 1] ?? 0) + guess;
  }
  return row;
}

function paeth(left: number, up: number, corner: number): number {
  const [toLeft, toUp, toCorner] = [up - corner, left - corner, left + up - 2 * corner].map(Math.abs) as [
    number,
    number,
    number,
  ];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

function withPalette({ rgb }: Pixels): { readonly palette: Buffer; readonly indexes: Uint8Array } {
  const counts = new Map<number, number>();
  const colours = new Uint32Array(rgb.length / 3);
  for (let i = 0; i < colours.length; i++) {
    const colour = ((rgb[3 * i] ?? 0) << 16) | ((rgb[3 * i + 1] ?? 0) << 8) | (rgb[3 * i + 2] ?? 0);
    colours[i] = colour;
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const kept = keep([...counts].sort(([, one], [, other]) => other - one).map(([colour]) => colour));
  const places = new Map<number, number>();
  for (const colour of counts.keys()) places.set(colour, nearest(colour, kept));
  const palette = Buffer.from(kept.flatMap(colour => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  return { palette, indexes: Uint8Array.from(colours, colour => places.get(colour) as number) };
}

/** `colours`: the most frequent first. */
function keep(colours: readonly number[]): number[] {
  const kept = colours.slice(0, MOST_FREQUENT);
  const rest = colours
    .slice(MOST_FREQUENT)
    .map(colour => ({ colour, away: distance(colour, kept[nearest(colour, kept)] ?? 0) }));
  while (kept.length < Math.min(MOST_COLOURS, colours.length)) {
    const next = rest.reduce((one, other) => (other.away > one.away ? other : one));
    kept.push(next.colour);
    for (const each of rest) each.away = Math.min(each.away, distance(each.colour, next.colour));
  }
  return kept;
}

function nearest(colour: number, among: readonly number[]): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [place, other] of among.entries()) {
    const away = distance(colour, other);
    if (away < least) [best, least] = [place, away];
  }
  return best;
}

function distance(one: number, other: number): number {
  const red = (one >> 16) - (other >> 16);
  const green = ((one >> 8) & 255) - ((other >> 8) & 255);
  const blue = (one & 255) - (other & 255);
  return red * red + green * green + blue * blue;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const around = Buffer.alloc(8);
  around.writeUInt32BE(data.length, 0);
  around.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([around.subarray(0, 4), body, around.subarray(4)]);
}
