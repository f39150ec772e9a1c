import { expect, it } from 'vitest';
import { EventBytes } from './event-bytes.ts';
import { Outlet, outletOf } from './outlet.ts';

const MOST = 256 * 1_024;
const bytes = new EventBytes();
const textOf = (event: string, data: unknown, id: string | undefined) => bytes.of(event, data as object, id);

function open(mostBytes = MOST) {
  const lab = { ended: 0, outlet: undefined as unknown as Outlet };
  lab.outlet = new Outlet({ mostBytes, textOf, onEnd: () => lab.ended++ });
  return lab;
}

/** An answer whose reader takes nothing. */
function stuckTarget() {
  return {
    ...{ kept: [] as Uint8Array[], writableLength: 0, hasEnded: false },
    write(chunk: Uint8Array) {
      this.kept.push(chunk);
      this.writableLength += chunk.byteLength;
    },
    end() {
      this.hasEnded = true;
    },
  };
}

const read = async (body: ReadableStream<Uint8Array>) => new Response(body).text();

it('a body that is read has each event once and in order, also those of before and what was there at the end', async () => {
  const { outlet } = open();
  outlet.send('change', { n: 1 }, 'a');
  outlet.send('change', { n: 2 });
  const text = read(outlet.body);
  await new Promise(setImmediate);
  outlet.send('change', { n: 3 });
  outlet.send('change', { n: 4 });
  outlet.end();
  outlet.send('change', { n: 5 });
  const event = (n: number) => `event: change\ndata: {"n":${n}}\n`;
  expect(await text).toBe(`${event(1)}id: a\n\n${[2, 3, 4].map(n => `${event(n)}\n`).join('')}`);
});

it('what was said before it is passed on goes first, and the end ends the target', () => {
  const { outlet } = open();
  const target = stuckTarget();
  expect(outletOf(outlet.body)).toBe(outlet);
  outlet.write('one ');
  outlet.write('two ');
  outlet.passTo(target);
  outlet.write('three');
  expect(Buffer.concat(target.kept).toString()).toBe('one two three');
  outlet.end();
  expect(target.hasEnded).toBe(true);
  expect(outletOf(outlet.body)).toBeUndefined();
});

// B14
it('two thousand readers that take nothing keep no more than their bound each, and events of all are in memory once', () => {
  const targets = Array.from({ length: 2_000 }, () => {
    const lab = open();
    const target = stuckTarget();
    lab.outlet.passTo(target);
    return { ...lab, target };
  });
  for (let n = 0; n < 256; n++) {
    const data = { scope: 'tenants/acme', config: 'plan', version: n, kind: 'set' };
    for (const { outlet } of targets) outlet.send('change', data, `id of ${n}`);
  }
  const [first] = targets;
  expect(first?.target.kept).toHaveLength(256);
  for (const { outlet, target } of targets) {
    expect(outlet.waitingBytes).toBeLessThanOrEqual(MOST);
    expect(target.writableLength).toBe(first?.target.writableLength);
    expect(target.kept.every((chunk, i) => chunk === first?.target.kept[i])).toBe(true);
  }
});

// B14
it.each(['passed on', 'read'])(
  'a reader that falls behind, of a body that is %s, is cut at the bound and told nothing more',
  kind => {
    const lab = open(1_000);
    const target = stuckTarget();
    if (kind === 'passed on') lab.outlet.passTo(target);
    let most = 0;
    for (let n = 0; n < 5_000 && lab.ended === 0; n++) {
      lab.outlet.send('change', { n });
      most = Math.max(most, lab.outlet.waitingBytes);
    }
    expect(lab.ended).toBe(1);
    expect(most).toBeLessThanOrEqual(1_000);
    expect(most).toBeGreaterThan(900);
    if (kind === 'passed on') expect(target.hasEnded).toBe(true);
    lab.outlet.send('change', { n: -1 });
    expect(target.writableLength).toBeLessThanOrEqual(1_000);
  },
);

it('a reader that leaves is told nothing more, and ends it once', async () => {
  const lab = open();
  await lab.outlet.body.cancel();
  lab.outlet.send('change', { n: 1 });
  lab.outlet.end();
  expect([lab.ended, lab.outlet.waitingBytes]).toEqual([1, 0]);
});

it('the same change under another id is written again, with the id behind the data', () => {
  const data = { n: 1 };
  expect(bytes.of('change', data, 'a')).toBe(bytes.of('change', data, 'a'));
  expect(Buffer.from(bytes.of('change', data, 'b')).toString()).toBe('event: change\ndata: {"n":1}\nid: b\n\n');
  expect(Buffer.from(bytes.of('change', data, undefined)).toString()).toBe('event: change\ndata: {"n":1}\n\n');
});
