import type { FeedMessage } from '@tenantry/protocol/wire';
import type { FeedPosition } from '@tenantry/redis';
import { eventually } from '@tenantry/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ChangeEvent, ChangePosition } from './change-event.ts';
import { type ChangeTap, ChangeTaps } from './change-taps.ts';
import { changes, type TappedFeed } from './changes.ts';

/** A feed that the test drives: its stream keeps so many messages. */
class FeedLab implements TappedFeed {
  position: FeedPosition | undefined = { epoch: 'e', seq: 0, tag: '' };
  live = true;
  stream: FeedMessage[] = [];
  readonly taps = new ChangeTaps();
  readonly troubles: unknown[] = [];
  /** Called before a read answers. */
  beforeAnswer: () => void = () => undefined;

  tap(tap: ChangeTap) {
    this.taps.add(tap);
    return { end: () => this.taps.delete(tap) };
  }

  async messagesFrom(seq: number) {
    const answer = this.stream.filter(message => message.seq >= seq);
    this.beforeAnswer();
    return answer;
  }

  report(error: unknown) {
    this.troubles.push(error);
  }

  /** Writes a message. `isPushed`: it is heard. */
  write(isPushed = true, kind: FeedMessage['kind'] = 'changes', epoch = 'e'): void {
    const seq = (this.stream.at(-1)?.epoch === epoch ? (this.stream.at(-1)?.seq ?? 0) : 0) + 1;
    const change = {
      owner: `r:${seq}`,
      version: seq,
      op: 'put',
      addresses: [`a:${seq}`],
      envelope: undefined,
    } as const;
    const message: FeedMessage = { kind, epoch, seq, tag: `t${seq}`, changes: kind === 'changes' ? [change] : [] };
    if (this.stream.at(-1)?.epoch !== epoch) this.stream = [];
    this.stream.push(message);
    if (!isPushed) return;
    this.position = { epoch, seq, tag: message.tag };
    if (kind === 'changes') this.taps.heard(message);
  }

  goLive(): void {
    this.live = true;
    this.taps.live();
  }
}

let lab: FeedLab;
beforeEach(() => {
  lab = new FeedLab();
});

const short = (event: ChangeEvent) =>
  event.kind === 'changes'
    ? event.position.seq
    : event.kind === 'gap'
      ? `gap ${event.position.seq}`
      : `start ${event.position.seq}`;

function telling(from?: ChangePosition) {
  const events: ChangeEvent[] = [];
  const subscription = changes(() => lab, from).subscribe(event => events.push(event));
  return { events, subscription, seen: () => events.map(short) };
}

/** The reads are answered in microtasks. */
const settled = () => new Promise(resolve => setImmediate(resolve));

describe('changes', () => {
  it('begin where the feed is, with its position, and then tell of each transaction', () => {
    lab.write();
    const { events } = telling();
    lab.write();
    expect(events).toEqual([
      { kind: 'start', position: { epoch: 'e', seq: 1, tag: 't1' } },
      {
        kind: 'changes',
        position: { epoch: 'e', seq: 2, tag: 't2' },
        changes: [{ op: 'put', record: 'r:2', version: 2, addresses: ['a:2'] }],
      },
    ]);
  });

  it('go on from a position: what came since, once each, and then what comes', async () => {
    for (let i = 0; i < 5; i++) lab.write();
    const { seen } = telling({ epoch: 'e', seq: 2, tag: 't2' });
    await settled();
    lab.write();
    expect(seen()).toEqual(['start 2', 3, 4, 5, 6]);
  });

  it('go on from the newest position, and from before the first', async () => {
    lab.write();
    const [newest, first] = [telling({ epoch: 'e', seq: 1 }), telling({ epoch: '', seq: 0, tag: '' })];
    await settled();
    lab.write();
    expect(newest.seen()).toEqual(['start 1', 2]);
    expect(first.seen()).toEqual(['start 0', 1, 2]);
    lab = new FeedLab();
    lab.position = { epoch: '', seq: 0, tag: '' };
    const { seen } = telling({ epoch: '', seq: 0 });
    await settled();
    lab.write();
    expect(seen()).toEqual(['start 0', 1]);
  });

  it('lose nothing that comes while the past is being read, and tell nothing twice', async () => {
    for (let i = 0; i < 3; i++) lab.write();
    lab.beforeAnswer = () => {
      lab.write();
      lab.write();
    };
    const { seen } = telling({ epoch: 'e', seq: 1 });
    lab.write();
    await settled();
    lab.beforeAnswer = () => undefined;
    lab.write();
    expect(seen()).toEqual(['start 1', 2, 3, 4, 5, 6, 7]);
  });

  it.each([
    ['the feed was trimmed', () => lab.stream.splice(0, 3), { epoch: 'e', seq: 2 }, 'does not reach back so far'],
    ['the feed began anew', () => lab.write(true, 'changes', 'f'), { epoch: 'e', seq: 2 }, 'began anew'],
    ['Redis went back', () => undefined, { epoch: 'e', seq: 9 }, 'went back'],
    ['Redis went back and counted on', () => undefined, { epoch: 'e', seq: 2, tag: 'another' }, 'went back'],
    ['Redis lost the stream', () => lab.stream.splice(0), { epoch: 'e', seq: 2 }, 'went back'],
    ['the first is gone', () => lab.stream.splice(0, 1), { epoch: '', seq: 0 }, 'does not reach back so far'],
  ])('say that there is a gap where %s, and go on from where the feed is', async (_, happen, from, why) => {
    for (let i = 0; i < 5; i++) lab.write();
    happen();
    const { events, seen } = telling(from);
    await settled();
    const { position } = lab;
    expect(events).toEqual([{ kind: 'gap', position, why: expect.stringContaining(why) }]);
    lab.write(true, 'changes', position?.epoch);
    expect(seen()).toHaveLength(2);
  });

  it('say that there is a gap where messages were missed on the way', async () => {
    lab.write();
    const { seen } = telling();
    lab.write();
    lab.position = { epoch: 'e', seq: 7, tag: 't7' };
    lab.taps.missed();
    expect(seen()).toEqual(['start 1', 2, 'gap 7']);
  });

  it('say that there is a gap where messages were missed while the past was being read', async () => {
    lab.write();
    lab.beforeAnswer = () => {
      lab.position = { epoch: 'e', seq: 7, tag: 't7' };
      lab.taps.missed();
    };
    const { seen } = telling({ epoch: 'e', seq: 1 });
    await settled();
    expect(seen()).toEqual(['gap 7']);
  });

  it('wait for the feed to be live before they say where they begin', async () => {
    lab.live = false;
    lab.write();
    const [one, two] = [telling(), telling({ epoch: 'e', seq: 1 })];
    await settled();
    expect([one.seen(), two.seen()]).toEqual([[], []]);
    lab.write();
    lab.goLive();
    await settled();
    expect([one.seen(), two.seen()]).toEqual([['start 2'], ['start 1', 2]]);
    lab.goLive();
    lab.write();
    expect(one.seen()).toEqual(['start 2', 3]);
  });

  it('try again where the past could not be read', async () => {
    lab.write();
    lab.write();
    lab.beforeAnswer = () => {
      throw new Error('away');
    };
    const { seen } = telling({ epoch: 'e', seq: 1 });
    await settled();
    expect(seen()).toEqual([]);
    expect(lab.troubles).toHaveLength(1);
    lab.beforeAnswer = () => undefined;
    lab.goLive();
    await eventually(() => expect(seen()).toEqual(['start 1', 2]));
  });

  it('keep so much and no more while the past cannot be read, and say that there is a gap', async () => {
    lab.write();
    lab.beforeAnswer = () => {
      throw new Error('away');
    };
    const { seen } = telling({ epoch: 'e', seq: 1 });
    await settled();
    for (let i = 0; i < 10_001; i++) lab.write();
    lab.beforeAnswer = () => undefined;
    lab.goLive();
    await eventually(() => expect(seen()).toEqual(['gap 10002']));
  });

  it('pass over a message that all of Redis was filled again, which is no change', async () => {
    lab.write();
    lab.write(true, 'filled');
    lab.write();
    const { seen } = telling({ epoch: 'e', seq: 1 });
    await settled();
    expect(seen()).toEqual(['start 1', 3]);
  });

  it('end with their subscriber', () => {
    const { subscription, seen } = telling();
    subscription.unsubscribe();
    lab.write();
    expect(seen()).toEqual(['start 0']);
    expect(lab.taps.areOpen).toBe(false);
  });
});
