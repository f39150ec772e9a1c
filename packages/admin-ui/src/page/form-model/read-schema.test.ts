import { describe, expect, it } from 'vitest';
import type { FieldModel, ObjectShape, UnionShape } from './field-model.ts';
import { readSchema } from './read-schema.ts';

const field = (model: FieldModel, name: string): FieldModel => {
  const found = (model as ObjectShape).fields.find(each => each.name === name);
  if (found === undefined) throw new Error(`There is no field ${name}.`);
  return found.model();
};

describe('the form of a schema', () => {
  it('has a control for each kind of value', () => {
    const model = readSchema({
      type: 'object',
      properties: {
        text: { type: 'string', format: 'email', maxLength: 9 },
        whole: { type: 'integer', minimum: 1, exclusiveMaximum: 10 },
        yes: { type: 'boolean', default: true },
        one: { enum: ['a', 2, null] },
        list: { type: 'array', items: { type: 'number' }, minItems: 1 },
        record: { type: 'object', additionalProperties: { type: 'string' }, propertyNames: { pattern: '^x' } },
        maybe: { anyOf: [{ type: 'string' }, { type: 'null' }] },
        also: { type: ['integer', 'null'] },
      },
      required: ['text'],
    });
    expect((model as ObjectShape).fields.map(({ name, required }) => [name, required])).toContainEqual(['text', true]);
    expect(field(model, 'text')).toMatchObject({ kind: 'text', format: 'email', longest: 9 });
    expect(field(model, 'whole')).toMatchObject({ kind: 'number', whole: true, least: 1, most: 10 });
    expect(field(model, 'yes')).toMatchObject({ kind: 'boolean', preset: true });
    expect(field(model, 'one')).toMatchObject({ kind: 'choice' });
    expect(field(model, 'list')).toMatchObject({ kind: 'list', least: 1 });
    expect(field(model, 'record')).toMatchObject({ kind: 'record', names: '^x' });
    for (const name of ['maybe', 'also']) expect(field(model, name).kind).toBe('nullable');
  });

  it('tells branches apart by a tag, or by what kind of JSON they are', () => {
    const tagged = readSchema({
      oneOf: [
        { type: 'object', properties: { on: { const: 'a' }, x: { type: 'string' } } },
        { type: 'object', properties: { on: { const: 'b' } } },
      ],
    }) as UnionShape;
    expect([tagged.tag, tagged.branches.map(({ label }) => label)]).toEqual(['on', ['a', 'b']]);
    const kinds = readSchema({ anyOf: [{ type: 'string' }, { type: 'array', items: {} }] }) as UnionShape;
    expect(kinds.branches.map(({ label }) => label)).toEqual(['text', 'list']);
  });

  it('follows references, also into itself, and joins parts', () => {
    const tree = readSchema({
      $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' }, name: { type: 'string' } } } },
      allOf: [
        { $ref: '#/$defs/node' },
        { type: 'object', properties: { more: { type: 'boolean' } }, required: ['more'] },
      ],
    });
    expect(field(tree, 'more').kind).toBe('boolean');
    expect(field(field(field(tree, 'next'), 'next'), 'name').kind).toBe('text');
  });

  // B20
  it.each<[schema: unknown, why: RegExp]>([
    [{}, /any JSON/],
    [false, /allows nothing/],
    [{ type: 'array', prefixItems: [{ type: 'string' }] }, /each position/],
    [{ anyOf: [{ type: 'object' }, { type: 'object' }] }, /no tag and no type/],
    [{ type: 'string', not: { const: 'x' } }, /"not"/],
    [{ $ref: '#/$defs/missing' }, /not there/],
    [{ $ref: '#' }, /refers to itself without an end/],
    [
      {
        allOf: [
          { type: 'string', maxLength: 3 },
          { type: 'string', maxLength: 4 },
        ],
      },
      /cannot join/,
    ],
    [{ type: 'object', properties: { a: {} }, patternProperties: { '^x': {} } }, /names by pattern/],
  ])('says why it cannot show %j', (schema, why) => {
    expect(readSchema(schema)).toMatchObject({ kind: 'json', why: expect.stringMatching(why) });
  });
});
