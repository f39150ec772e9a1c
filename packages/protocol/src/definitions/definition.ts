/** What the read side needs to know of any definition. */
export interface Definition {
  readonly name: string;
  /** The property that holds the tenant; left out for rows of the one global tenant. */
  readonly tenant?: string | undefined;
}
