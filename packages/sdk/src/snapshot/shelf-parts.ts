import type { OpenEnvelope } from '../admission/open-envelope.ts';
import type { SavedTenant } from './saved-tenant.ts';

/** What a shelf is filled with. */
export interface ShelfContent {
  readonly saved: SavedTenant | undefined;
  /** Values by address. */
  readonly bootstrap: ReadonlyMap<string, unknown> | undefined;
}

/** What all shelves of a client work with. */
export interface ShelfParts {
  readonly open: OpenEnvelope;
  report(error: unknown): void;
  /** Redis has another life of the feed than the file. */
  onOtherEpoch(): void;
}
