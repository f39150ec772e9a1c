import { numberOf } from './number-of.ts';
import { notJson, notParsed } from './source-fault.ts';
import type { TomlWord } from './toml-words.ts';

const FLOAT = /^[+-]?\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d[\d_]*)?$/;
const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt]|$)/;
/** What a `Date` has not: parts of a millisecond. */
const FINER = /\d\d:\d\d:\d\d\.\d{3}0*[1-9]/;

/** Refuses what the parser has changed without a word: it rounds numbers, makes 2 March of 30 February, and cuts off what is finer than a millisecond. */
export function checkTomlWord({ word, at }: TomlWord): void {
  if (/[.eE]/.test(word) && FLOAT.test(word)) numberOf(word.replaceAll('_', ''), at);
  const [, year, month, day] = (DATE.exec(word) ?? []).map(Number);
  if (year !== undefined && (day as number) > daysOf(year, month as number))
    throw notParsed('a day that its month does not have', at);
  if (FINER.test(word)) throw notJson('a time with parts of a millisecond: write it as a text', at);
}

function daysOf(year: number, month: number): number {
  // The calendar comes again after 400 years, and the first hundred years are others for `Date`.
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}
