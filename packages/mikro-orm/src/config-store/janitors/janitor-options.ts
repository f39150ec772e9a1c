/** Options of `trimRevisions` and `expireDue`. */
export interface JanitorOptions {
  /** Called after each batch with the number of versions that it deleted, or of values that it ended. */
  readonly onProgress?: ((count: number) => void) | undefined;
  /** When it aborts, the work stops after the batch that is under way; the call then returns its count as usual. */
  readonly signal?: AbortSignal | undefined;
}
