import { expect, it } from 'vitest';
import { wantedBySchema } from './wanted-by-schema.ts';

const schema = {
  $defs: { 'a/b': { type: 'string', maxLength: 1 } },
  properties: {
    on: { type: 'boolean' },
    any: { type: ['string', 'null'] },
    verbs: { items: { enum: ['view', 'edit'] } },
    kind: { const: 'x' },
    many: { enum: Array.from({ length: 21 }, (_, i) => i) },
    deep: { enum: [{ a: 1 }] },
    size: { minimum: 1, exclusiveMaximum: 9, multipleOf: 2 },
    list: { minItems: 1, maxItems: 2 },
    text: { $ref: '#/$defs/a~1b' },
    away: { $ref: 'https://example.org/x' },
  },
};

it.each([
  ['#/properties/on/type', 'boolean wanted'],
  ['#/properties/any/type', 'string or null wanted'],
  ['#/properties/verbs/items/enum', 'one of "view", "edit" wanted'],
  ['#/properties/kind/const', '"x" wanted'],
  ['#/properties/size/minimum', 'at least 1 wanted'],
  ['#/properties/size/exclusiveMaximum', 'less than 9 wanted'],
  ['#/properties/size/multipleOf', 'a multiple of 2 wanted'],
  ['#/properties/list/minItems', 'at least 1 item wanted'],
  ['#/properties/list/maxItems', 'at most 2 items wanted'],
  ['#/properties/text/$ref/maxLength', 'at most 1 character wanted'],
  ['#/$defs/a~1b/type', 'string wanted'],
  ['#/properties/many/enum', undefined],
  ['#/properties/deep/enum', undefined],
  ['#/properties/away/$ref/type', undefined],
  ['#/properties/constructor/type', undefined],
  ['#/properties/on', undefined],
  ['#/toString', undefined],
  ['', undefined],
])('of a schema, %s says: %s', (place, wanted) => {
  expect(wantedBySchema(schema, place)).toBe(wanted);
});

it('of what is no schema it says nothing', () => {
  for (const none of [undefined, null, true, 'x', []]) expect(wantedBySchema(none, '#/type')).toBeUndefined();
});
