import { type } from 'arktype';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineConfig } from '../definitions/define-config.ts';
import { jsonSchemaOf } from './json-schema.ts';
import { unnamedFields } from './unnamed-fields.ts';

function unnamed(schema: unknown, value: unknown): string[] {
  const { schema: json } = jsonSchemaOf(defineConfig({ name: 'x', schema: schema as never }));
  return unnamedFields(json as object, value);
}

interface Tree {
  name: string;
  below: Tree[];
}
const tree: z.ZodType<Tree> = z.lazy(() => z.object({ name: z.string(), below: z.array(tree) }));
const shape = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('circle'), r: z.number() }),
  z.object({ kind: z.literal('box'), a: z.number(), b: z.number() }),
]);

describe('fields that a schema does not name', () => {
  it.each<[what: string, schema: unknown, value: unknown, fields: string[]]>([
    ['a misspelt name', z.object({ seats: z.number() }), { seats: 1, sats: 2 }, ['/sats']],
    ['a name of arktype', type({ seats: 'number' }), { seats: 1, sats: 2 }, ['/sats']],
    ['a name that needs an escape', z.object({ a: z.string() }), { a: '', 'b/c~d': 1 }, ['/b~1c~0d']],
    [
      'a name of every object',
      z.object({ a: z.string() }),
      JSON.parse('{"__proto__": 1, "toString": 2}'),
      ['/__proto__', '/toString'],
    ],
    [
      'one in depth',
      z.object({ a: z.object({ b: z.array(z.object({ c: z.null() })) }) }),
      { a: { b: [{ d: 1 }] } },
      ['/a/b/0/d'],
    ],
    ['one in a value of any name', z.record(z.string(), z.object({ a: z.number() })), { x: { b: 1 } }, ['/x/b']],
    [
      'one in a tuple',
      z.tuple([z.object({ a: z.number() }), z.object({ b: z.number() })]),
      [{ a: 1 }, { a: 1 }],
      ['/1/a'],
    ],
    [
      'one of a schema that contains itself',
      tree,
      { name: '', below: [{ name: '', below: [], nme: 1 }] },
      ['/below/0/nme'],
    ],
    [
      'one that neither part names',
      z.object({ a: z.number() }).and(z.object({ b: z.number() })),
      { a: 1, c: 1 },
      ['/c'],
    ],
    ['one beside null', z.object({ a: z.number() }).nullable(), { b: 1 }, ['/b']],
    ['one of another branch', shape, { kind: 'circle', r: 1, a: 2 }, ['/a']],
    ['one that a transform never sees', z.object({ a: z.string() }).transform(({ a }) => a), { a: '', b: 1 }, ['/b']],
  ])('are found: %s', (_, schema, value, fields) => {
    expect(unnamed(schema, value)).toEqual(fields);
  });

  it.each<[what: string, schema: unknown, value: unknown]>([
    ['all names are known', z.object({ a: z.number().optional(), b: z.number() }), { a: 1, b: 2 }],
    ['any name may stand there', z.looseObject({ a: z.number() }), { a: 1, b: 2 }],
    ['others have a shape', z.object({ a: z.number() }).catchall(z.string()), { a: 1, b: 'x' }],
    ['the names are free', z.record(z.string(), z.number()), { a: 1 }],
    ['anything may stand there', z.object({ a: z.unknown() }), { a: { b: 1 } }],
    ['one of the branches names it', z.union([z.object({ a: z.number() }), z.object({ b: z.number() })]), { b: 1 }],
    ['one of the branches is open', z.union([z.object({ a: z.number() }), z.record(z.string(), z.number())]), { b: 1 }],
    ['it is no object', z.union([z.string(), z.object({ a: z.number() })]), 'text'],
    ['it is a list where an object should be', z.object({ a: z.number() }), [{ b: 1 }]],
  ])('are none where %s', (_, schema, value) => {
    expect(unnamed(schema, value)).toEqual([]);
  });

  it.each<[what: string, schema: object]>([
    ['a condition', { type: 'object', properties: { a: {} }, if: { required: ['a'] } }],
    ['a reference that leads away', { type: 'object', properties: { a: {} }, $ref: 'https://example.com/b' }],
    ['a reference to nothing', { type: 'object', properties: { a: {} }, $ref: '#/$defs/b' }],
  ])('are not guessed where a schema has %s', (_, schema) => {
    expect(unnamedFields(schema, { a: 1, b: 2 })).toEqual([]);
  });

  it('are those that no pattern matches either', () => {
    const schema = { type: 'object', properties: { a: {} }, patternProperties: { '^x-': {} } };
    expect(unnamedFields(schema, { a: 1, 'x-b': 2, y: 3 })).toEqual(['/y']);
  });
});
