import { defineConfig } from '@tenantry/protocol';
import { jsonSchemaOf } from '@tenantry/protocol/internal';
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { ServerDefinition } from './read/read-definitions.ts';
import { ServerDefinitions } from './read/read-definitions.ts';
import { schemaProblems } from './schema-problems.ts';

/** What a plan says of a value, with the JSON Schema that the server gives of the schema. */
function said(schema: z.ZodType, value: unknown): string[] {
  const config = defineConfig({ name: 'app', schema });
  const definition = { name: 'app', aliases: [], inherit: 'none', schema: jsonSchemaOf(config).schema };
  const change = { config: 'app', op: 'set', ifVersion: 0, json: JSON.stringify(value), isSecret: false } as const;
  const changes = [{ ...change, isAlone: false, place: 'app.yaml' }];
  const scopes = [{ scope: 'tenants/acme', changes }];
  const { problems } = schemaProblems(scopes, new ServerDefinitions([definition as unknown as ServerDefinition]));
  return problems.map(({ message }) => message);
}

const region = z.object({ region: z.string().regex(/^[a-z-]+$/i), seats: z.number().optional() });

it.each<[what: string, schema: z.ZodType, value: unknown]>([
  ['a regular expression with flags', region, { region: 'EU-West' }],
  ['a regular expression for names', z.record(z.string().regex(/^[a-z]+$/i), z.number()), { EU: 1 }],
  ['a text that is trimmed first', z.string().trim().regex(/^\S+$/), ' a '],
  ['a format that its library takes more widely', z.url(), 'https://example.org/größe'],
  ['one of several', z.union([z.number(), z.string().regex(/^[a-z]+$/i)]), 'EU'],
])('a value is no problem for what JSON Schema cannot say of a text: %s', (_, schema, value) => {
  expect(schema.safeParse(value).success).toBe(true);
  expect(said(schema, value)).toEqual([]);
});

it('a value that is wrong in another way is one, also beside such a text', () => {
  expect(said(region, { region: 'EU-West', seats: 'many' })).toEqual([
    'app of tenants/acme: /seats is not as the schema wants it: number wanted',
  ]);
  expect(said(z.record(z.enum(['a']), z.number()), { b: 1 })).toHaveLength(1);
  expect(said(z.union([z.number(), z.boolean()]), 'x')).toHaveLength(1);
});
