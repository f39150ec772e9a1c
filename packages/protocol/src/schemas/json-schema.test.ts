import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineConfig } from '../definitions/define-config.ts';
import { jsonSchemaOf } from './json-schema.ts';

const of = (schema: never, options = {}) => jsonSchemaOf(defineConfig({ name: 'x', schema, ...options }));

// B20
describe('the JSON Schema of a config', () => {
  it('is what its library says of what may be written', () => {
    const zod = of(
      z.object({ a: z.string().min(2), b: z.number().default(3), c: z.enum(['x', 'y']).optional() }) as never,
    );
    expect(zod).toMatchObject({
      schema: {
        type: 'object',
        properties: { a: { minLength: 2 }, b: { default: 3 }, c: { enum: ['x', 'y'] } },
        required: ['a'],
      },
      schemaProblem: undefined,
    });
    expect(of(type({ a: 'string>1' }) as never).schema).toMatchObject({ type: 'object', required: ['a'] });
    // A transform says what it takes.
    expect(of(z.string().transform(text => text.length) as never).schema).toMatchObject({ type: 'string' });
    // What JSON Schema cannot say is missing, and the server says it when it is written.
    expect(of(z.string().refine(text => text !== 'no') as never).schema).toMatchObject({ type: 'string' });
  });

  it.each<[what: string, schema: unknown, why: RegExp]>([
    ['a date', z.object({ at: z.date() }), /Date/],
    ['a bigint', z.bigint(), /BigInt/],
    ['a library that has no way to', v.object({ a: v.string() }), /valibot/],
  ])('is none for %s, and why is said', (_, schema, why) => {
    expect(of(schema as never)).toEqual({ schema: undefined, schemaProblem: expect.stringMatching(why) });
  });

  it('of a secret has no value, and all names', () => {
    const schema = z.object({
      default: z.string().default('canary'),
      list: z
        .array(z.union([z.literal('canary'), z.object({ enum: z.enum(['canary', 'other']) })]))
        .default(['canary']),
    });
    const { schema: found } = of(schema as never, { secret: true });
    expect(JSON.stringify(found)).not.toMatch(/canary|other/);
    expect(found).toMatchObject({
      type: 'object',
      properties: { default: { type: 'string' }, list: { type: 'array' } },
    });
  });
});
