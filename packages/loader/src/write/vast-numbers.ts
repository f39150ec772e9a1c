/** Whether a number is a whole one that a scan refuses where it is written with all its digits: it may have lost some. */
export function isVast(value: unknown): value is number {
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}
