/** How a repair goes about it. */
export interface RepairManner {
  /** Of what it writes into the database, in the history. */
  readonly origin: string;
  /** The database went back: its state is given versions above those in Redis. */
  readonly raiseAhead: boolean;
  /** The database did not go back: a write-back that only Redis has is marked again, so that the next flush writes it. */
  readonly restoresMarks: boolean;
}
