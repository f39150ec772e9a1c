import { expect, it } from 'vitest';
import { HeadTurns } from './head-turns.ts';

interface Feed {
  readonly name: number;
  readonly node: string;
  readonly isInDoubt: boolean;
}

const feeds: Feed[] = Array.from({ length: 60 }, (_, name) => ({
  name,
  node: name < 50 ? 'a' : name < 58 ? 'b' : 'c',
  isInDoubt: false,
}));
const nodes = { count: () => 3, of: ({ node }: Feed) => node };
const nodesIn = (asked: readonly Feed[]) => new Set(asked.map(nodes.of));

it('a head of each node is asked for with each heartbeat', () => {
  const turns = new HeadTurns<Feed>(5_000, nodes);
  for (let beat = 0; beat < 30; beat++) expect(nodesIn(turns.next(feeds))).toEqual(new Set(['a', 'b', 'c']));
});

it('each head is asked for within a turn, although nodes have more of them than others', () => {
  const turns = new HeadTurns<Feed>(5_000, nodes);
  const asked = Array.from({ length: 30 }, () => turns.next(feeds));
  for (let from = 0; from + 10 <= asked.length; from++)
    expect(new Set(asked.slice(from, from + 10).flat()).size).toBe(feeds.length);
  // Six, and one of each node that has none among them.
  for (const beat of asked) expect(beat.length).toBeLessThanOrEqual(6 + 2);
});

it('a node whose feeds nobody follows is not waited for', () => {
  const turns = new HeadTurns<Feed>(5_000, { ...nodes, count: () => 6 });
  for (let beat = 0; beat < 10; beat++) expect(nodesIn(turns.next(feeds)).size).toBe(3);
});

it('what is in doubt is asked for besides', () => {
  const turns = new HeadTurns<Feed>(5_000, nodes);
  const doubtful = feeds.map(feed => ({ ...feed, isInDoubt: feed.name === 40 }));
  for (let beat = 0; beat < 3; beat++) expect(turns.next(doubtful).map(({ name }) => name)).toContain(40);
});
