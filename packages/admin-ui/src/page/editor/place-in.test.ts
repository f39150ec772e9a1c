import { describe, expect, it } from 'vitest';
import { placeIn } from './place-in.ts';

/** `|` stands for the cursor. */
function placeOf(marked: string) {
  const at = marked.indexOf('|');
  const place = placeIn(marked.replace('|', ''), at);
  return place && { ...place, from: at - place.from, names: [...place.names] };
}

describe('the place in a JSON text', () => {
  it.each<[marked: string, kind: string, path: (string | number)[], typed: number, names: string[]]>([
    ['|', 'value', [], 0, []],
    ['{|}', 'name', [], 0, []],
    ['{ "pl|', 'name', [], 3, []],
    ['{ "pl|" }', 'name', [], 3, []],
    ['{ pl| }', 'name', [], 2, []],
    ['{ "a": 1, | }', 'name', [], 0, ['a']],
    ['{ |, "b": 1 }', 'name', [], 0, ['b']],
    ['{ "x|": 1, "b": { "c": 2 }, "d": 3 }', 'name', [], 2, ['b', 'd']],
    ['{ "pl|\n  "seats": 3 }', 'name', [], 3, []],
    ['{ "plan": | }', 'value', ['plan'], 0, []],
    ['{ "plan": "te|" }', 'value', ['plan'], 3, []],
    ['{ "plan": t|, "a": 1 }', 'value', ['plan'], 1, []],
    ['{ "a": { "b": [ { "c": 1 }, { "d|', 'name', ['a', 'b', 1], 2, []],
    ['{ "a": [ "x", | ] }', 'value', ['a', 1], 0, []],
    ['{ "a": { "b": 1 }, "c": | }', 'value', ['c'], 0, []],
    [String.raw`{ "a\"b": | }`, 'value', ['a"b'], 0, []],
  ])('%s', (marked, kind, path, typed, names) => {
    const place = placeOf(marked);
    expect(place).toMatchObject({ kind, path, from: typed });
    if (kind === 'name') expect(place?.names).toEqual(names);
  });

  it.each(['{ "a" | }', '{ "a": 1 | }', '{} |', '{ "a": "x"| }', '{ "a": true | }'])('is none in %s', marked => {
    expect(placeOf(marked)).toBeUndefined();
  });

  it('is found, or not, in any text', () => {
    const text = '}{ "a"]: [,, "b": tru "\\';
    for (let at = 0; at <= text.length; at++) expect(() => placeIn(text, at)).not.toThrow();
  });
});
