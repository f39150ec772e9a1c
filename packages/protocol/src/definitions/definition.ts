/** What the read side needs to know of any definition. */
export interface Definition {
  readonly name: string;
  /** The property that holds the tenant; left out for rows of the one global tenant. */
  readonly tenant?: string | undefined;
}

/** The largest payload of one record unless the definition says otherwise: 256 KiB. */
export const DEFAULT_MAX_BYTES = 256 * 1024;
