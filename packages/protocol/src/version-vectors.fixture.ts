/** Which of two versions is newer. The memory, the Lua script and the SQL guard are all held to these. */
export const VERSION_VECTORS: readonly {
  readonly candidate: number;
  /** `undefined`: never seen. */
  readonly known: number | undefined;
  readonly newer: boolean;
}[] = [
  { candidate: 1, known: undefined, newer: true },
  { candidate: Number.MAX_SAFE_INTEGER, known: undefined, newer: true },
  { candidate: 2, known: 1, newer: true },
  { candidate: 1, known: 2, newer: false },
  // A replay changes nothing.
  { candidate: 1, known: 1, newer: false },
  { candidate: Number.MAX_SAFE_INTEGER, known: Number.MAX_SAFE_INTEGER, newer: false },
  // Wrong when compared as text.
  { candidate: 10, known: 9, newer: true },
  { candidate: 9, known: 10, newer: false },
  // Where a byte, 31, 32 bits are full.
  { candidate: 256, known: 255, newer: true },
  { candidate: 255, known: 256, newer: false },
  { candidate: 2 ** 31, known: 2 ** 31 - 1, newer: true },
  { candidate: 2 ** 32, known: 2 ** 32 - 1, newer: true },
  { candidate: 2 ** 32 - 1, known: 2 ** 32, newer: false },
  { candidate: 2 ** 32 + 1, known: 2 ** 32, newer: true },
  { candidate: 2 ** 32, known: 1, newer: true },
  { candidate: 1, known: 2 ** 32, newer: false },
  // Where Lua's tostring begins to round.
  { candidate: 1_000_000_000_000_001, known: 1_000_000_000_000_000, newer: true },
  { candidate: 1_000_000_000_000_000, known: 1_000_000_000_000_001, newer: false },
  // The last two that doubles tell apart.
  { candidate: Number.MAX_SAFE_INTEGER, known: Number.MAX_SAFE_INTEGER - 1, newer: true },
  { candidate: Number.MAX_SAFE_INTEGER - 1, known: Number.MAX_SAFE_INTEGER, newer: false },
];
