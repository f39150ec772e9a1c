/** More words are no help in a line. */
const MOST_WORDS = 20;

const WANTED: Readonly<Record<string, (given: unknown) => string | undefined>> = {
  type: types => `${[types].flat().join(' or ')} wanted`,
  enum: words => oneOf(words),
  const: word => oneOf([word]),
  minimum: least => `at least ${least} wanted`,
  exclusiveMinimum: least => `more than ${least} wanted`,
  maximum: most => `at most ${most} wanted`,
  exclusiveMaximum: most => `less than ${most} wanted`,
  multipleOf: step => `a multiple of ${step} wanted`,
  minLength: least => `at least ${counted(least, 'character')} wanted`,
  maxLength: most => `at most ${counted(most, 'character')} wanted`,
  minItems: least => `at least ${counted(least, 'item')} wanted`,
  maxItems: most => `at most ${counted(most, 'item')} wanted`,
};

/**
 * What a keyword of a JSON Schema wants, as `boolean wanted`: the keyword stands at this place of the schema (`#/properties/isNew/type`), as validators
 * say it. It speaks of the schema alone, never of what was given. Undefined where a few words do not say it.
 */
export function wantedBySchema(schema: unknown, place: string): string | undefined {
  const parts = place.replace(/^#\/?/, '').split('/').map(unescaped);
  let at: unknown = schema;
  for (const part of parts) {
    at = stepInto(at, part);
    // A reference goes on at the place that it names.
    if (part === '$ref') at = placeOf(schema, at);
    if (at === undefined) return undefined;
  }
  const keyword = parts.at(-1) ?? '';
  return Object.hasOwn(WANTED, keyword) ? WANTED[keyword]?.(at) : undefined;
}

function placeOf(schema: unknown, reference: unknown): unknown {
  if (typeof reference !== 'string' || !/^#(\/|$)/.test(reference)) return undefined;
  const parts = reference === '#' ? [] : reference.slice(2).split('/').map(unescaped);
  return parts.reduce<unknown>(stepInto, schema);
}

function stepInto(at: unknown, part: string): unknown {
  if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
  return (at as Record<string, unknown>)[part];
}

function unescaped(part: string): string {
  return decodeURI(part).replaceAll('~1', '/').replaceAll('~0', '~');
}

function oneOf(words: unknown): string | undefined {
  if (!Array.isArray(words) || words.length === 0 || words.length > MOST_WORDS) return undefined;
  if (words.some(word => typeof word === 'object' && word !== null)) return undefined;
  const said = words.map(word => JSON.stringify(word)).join(', ');
  return words.length === 1 ? `${said} wanted` : `one of ${said} wanted`;
}

function counted(count: unknown, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}
