import { expect, it } from 'vitest';
import { z } from 'zod';
import { fitsName } from './fits-name.ts';

it('a name that the schema takes fits its JSON Schema, also by a regular expression with a flag', () => {
  for (const name of [/^[a-z]+$/i, /^[^a-z]+$/]) {
    const schema = z.record(z.string().regex(name), z.number());
    const { propertyNames } = z.toJSONSchema(schema, { io: 'input' }) as { propertyNames: { pattern: string } };
    expect(schema.safeParse({ EU: 1 }).success).toBe(true);
    expect(fitsName(propertyNames.pattern, 'EU')).toBe(true);
    expect(fitsName(propertyNames.pattern, '')).toBe(false);
  }
  expect(fitsName('^[a-z]+$', 'eu-1')).toBe(false);
});

it('a pattern that is none with the flag u is the server’s to judge', () => {
  expect(fitsName('^[\\w-.]+$', 'a')).toBe(true);
});
