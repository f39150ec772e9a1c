/** Of one file, as much as anybody reads. */
const MOST = 100;

/** What is to be said of the first hundred, and in one more how many others there are: a file of a megabyte may have a fault in each of its lines. */
export function firstOf<T, S>(found: readonly T[], say: (each: T) => S, sayRest: (left: number) => S): S[] {
  const said = found.slice(0, MOST).map(say);
  return found.length > MOST ? [...said, sayRest(found.length - MOST)] : said;
}
