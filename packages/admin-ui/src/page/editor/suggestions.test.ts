import { expect, it } from 'vitest';
import { placeIn } from './place-in.ts';
import { suggestionsAt } from './suggestions.ts';

const SCHEMA = {
  type: 'object',
  properties: {
    seats: { type: 'integer', description: 'How many people may sign in.' },
    plan: { enum: ['free', 'team'], default: 'free' },
    beta: { type: 'boolean' },
    note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    way: {
      oneOf: [
        { type: 'object', properties: { kind: { const: 'card' }, number: { type: 'string' } } },
        { type: 'object', properties: { kind: { const: 'cash' } } },
      ],
    },
    nodes: { type: 'array', items: { $ref: '#/$defs/node' } },
    byName: { type: 'object', additionalProperties: { enum: [1, 2] } },
  },
  $defs: { node: { type: 'object', properties: { name: {}, next: { $ref: '#/$defs/node' } } } },
};

const texts = (marked: string): string[] => {
  const place = placeIn(marked.replace('|', ''), marked.indexOf('|'));
  return place === undefined ? [] : suggestionsAt(SCHEMA, place).map(({ text }) => text);
};

it.each<[marked: string, texts: string[]]>([
  ['{ "seats": 1, "way": {}, "nodes": [], "byName": {}, | }', ['"plan"', '"beta"', '"note"']],
  ['{ "plan": | }', ['"free"', '"team"']],
  ['{ "beta": t| }', ['true', 'false']],
  ['{ "note": | }', ['null']],
  ['{ "way": { "|" } }', ['"kind"', '"number"']],
  ['{ "way": { "kind": "|" } }', ['"card"', '"cash"']],
  ['{ "nodes": [ {}, { "next": { "next": { | } } } ] }', ['"name"', '"next"']],
  ['{ "byName": { "x": | } }', ['1', '2']],
  ['{ "seats": | }', []],
  ['{ "unknown": { | } }', []],
  ['{ "toString": | }', []],
])('%s', (marked, expected) => {
  expect(texts(marked)).toEqual(expected);
});

it('a schema that leads nowhere, or contains itself, suggests nothing', () => {
  const place = placeIn('{ }', 1);
  const endless = { anyOf: [{ $ref: '#' }, { anyOf: [{ $ref: '#' }] }] };
  for (const schema of [undefined, true, false, { $ref: '#/none' }, endless])
    expect(place && suggestionsAt(schema, place)).toEqual([]);
});
