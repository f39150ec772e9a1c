import type { FeedMessage } from '@tenantry/protocol/wire';
import type { FeedHead, FeedPosition } from '../replica/feed-head.ts';

/** Nothing was ever published for this tenant, as far as this Redis knows. */
export const BEFORE_FIRST: FeedPosition = Object.freeze({ epoch: '', seq: 0, tag: '' });

/** Everything up to the head was heard. */
export function covers(position: FeedPosition | undefined, head: FeedPosition): boolean {
  if (head.epoch !== position?.epoch || head.seq > position.seq) return false;
  return head.seq < position.seq || head.tag === position.tag;
}

/** Redis has less than was heard of it already: it lost its last moments, or another one answers in its place. */
export function wentBack(head: FeedPosition, before: FeedPosition | undefined): boolean {
  return head.epoch === before?.epoch && head.seq < before.seq;
}

/** Redis does not have the position any more: it lost its last moments, and may have counted on since. `first`: what it has at that seq. */
export function hasLost(head: FeedHead, position: FeedPosition, first: FeedMessage | undefined): boolean {
  if (head.seq <= position.seq) return head.seq < position.seq || head.tag !== position.tag;
  return first?.seq === position.seq && first.tag !== position.tag;
}

/** Nothing tells that the head and the position are of two histories, or that a message is missing between them. */
export function agrees(
  position: FeedPosition | undefined,
  head: FeedHead | undefined,
  before: FeedPosition | undefined,
): boolean {
  if (!head || head.epoch !== position?.epoch) return !head && position?.epoch === '';
  if (head.seq === position.seq) return head.tag === position.tag;
  // The position may be ahead by what came after the head was read, not by what had come before.
  return head.seq < position.seq && !wentBack(head, before);
}

/** The stream still has the position, and from there every message up to the head. */
export function leadsTo(head: FeedHead, position: FeedPosition, messages: readonly FeedMessage[]): boolean {
  const [first] = messages;
  return (
    first?.tag === position.tag &&
    messages.every(({ epoch, seq }, i) => epoch === position.epoch && seq === position.seq + i) &&
    position.seq + messages.length > head.seq
  );
}

/** Whether everything up to a head was heard; undefined: it may be on its way. `before` was the position when the head was asked for. */
export function hasHeard(
  position: FeedPosition | undefined,
  head: FeedHead | undefined,
  before: FeedPosition | undefined,
): boolean | undefined {
  if (!position || !head) return position?.epoch === '';
  if (wentBack(head, before)) return false;
  if (covers(position, head)) return true;
  // As many messages, and others.
  if (head.epoch === position.epoch && head.seq <= position.seq) return false;
  // Another life of the feed, over already: nobody can tell how the two compare.
  return position.epoch === '' || position.epoch === head.epoch ? undefined : false;
}
