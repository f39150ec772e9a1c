import type { FeedMessage } from '@tenantry/protocol/wire';
import type { FeedFollower } from './feed/feed-follower.ts';

/** A follower that remembers everything it was told. */
export interface RecordingFollower extends FeedFollower {
  readonly heard: readonly FeedMessage[];
  /** The `complete` of each resync. */
  readonly resyncs: readonly boolean[];
  /** And whether every message had been heard. */
  readonly continuous: readonly boolean[];
  /** `live` or why not, in order. */
  readonly states: readonly string[];
  readonly troubles: readonly unknown[];
  readonly seqs: readonly number[];
  readonly state: string | undefined;
}

export function recordingFollower(onResync: (complete: boolean) => Promise<void> = async () => {}): RecordingFollower {
  const heard: FeedMessage[] = [];
  const resyncs: boolean[] = [];
  const continuous: boolean[] = [];
  const states: string[] = [];
  const troubles: unknown[] = [];
  return {
    heard,
    resyncs,
    continuous,
    states,
    troubles,
    get seqs() {
      return heard.map(({ seq }) => seq);
    },
    get state() {
      return states.at(-1);
    },
    onMessage: message => void heard.push(message),
    onLive: (live, why) => void states.push(live ? 'live' : why),
    onTrouble: error => void troubles.push(error),
    resync: (complete, isContinuous) => {
      resyncs.push(complete);
      continuous.push(isContinuous);
      return onResync(complete);
    },
  };
}
