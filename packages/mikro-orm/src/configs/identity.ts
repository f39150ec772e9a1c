/** The author of a write and the reason for it. The config's history keeps both with every version. */
export interface Identity {
  /** At most 255 characters. Default: none. */
  readonly actor?: string | undefined;
  /** At most 1,000 characters. Default: none. */
  readonly reason?: string | undefined;
}
