import { expect, it } from 'vitest';
import { EventText } from './event-text.ts';

const STREAM =
  'retry: 1500\n: ok\n\nid: a-1\nevent: change\ndata: {"a":1}\n\n: \n\ndata:one\r\ndata: two\r\n\r\nevent: x\n\n';

it('events are the same in whichever pieces they arrive', () => {
  const whole = new EventText();
  const events = whole.take(STREAM);
  expect(events).toEqual([
    { event: 'change', data: '{"a":1}' },
    { event: 'message', data: 'one\ntwo' },
  ]);
  expect([whole.lastId, whole.retryMs]).toEqual(['a-1', 1500]);
  for (const size of [1, 2, 7, 30]) {
    const text = new EventText();
    const pieces = Array.from({ length: Math.ceil(STREAM.length / size) }, (_, i) =>
      STREAM.slice(i * size, (i + 1) * size),
    );
    expect(pieces.flatMap(piece => text.take(piece))).toEqual(events);
  }
});

it('an event that is cut off is none', () => {
  expect(new EventText().take('event: change\ndata: {}\n')).toEqual([]);
});

it('an id counts from the end of its event on, also of one without data', () => {
  const text = new EventText();
  text.take('id: 1\ndata: a\n\nid: 2\nevent: change\ndata: {');
  expect(text.lastId).toBe('1');
  text.take('}\n');
  expect(text.lastId).toBe('1');
  text.take('\nid: 3\n\ndata: b\n\n');
  expect(text.lastId).toBe('3');
});
