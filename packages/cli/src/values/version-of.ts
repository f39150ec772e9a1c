import { wrongUse } from '../failures/failure.ts';

/** The number of a version. `INVALID_OPTION`. */
export function versionOf(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw wrongUse(`${JSON.stringify(text)} is no version: write a whole number above 0.`);
}
