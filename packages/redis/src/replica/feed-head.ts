/** Where a feed stands. */
export interface FeedPosition {
  readonly epoch: string;
  readonly seq: number;
  readonly tag: string;
}

/** The position of the newest message. */
export interface FeedHead extends FeedPosition {
  /**
   * The id of the outbox as of which the replica of this tenant was last known to hold everything. 0: never since this
   * epoch began.
   */
  readonly filled: number;
}

/** The fields of the epoch's hash, in the order in which `decodeHead` takes them. */
export const HEAD_FIELDS = ['id', 'seq', 'tag', 'filled'] as const;

/** Undefined where nothing was ever published for the tenant, or Redis forgot it. */
export function decodeHead(fields: unknown): FeedHead | undefined {
  const [epoch, seq, tag, filled] = fields as (Buffer | null)[];
  if (!epoch || !seq || !tag) return undefined;
  return {
    epoch: epoch.toString('latin1'),
    seq: Number(seq),
    tag: tag.toString('hex'),
    filled: Number(filled ?? 0),
  };
}
