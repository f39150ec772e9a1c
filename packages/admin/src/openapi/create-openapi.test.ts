import { Validator } from '@cfworker/json-schema';
import { pathsOf, ROUTES, type Route, type RouteId } from '@tenantry/admin-api';
import { expect, it } from 'vitest';
import { createOpenapi } from './create-openapi.ts';

const openapi = JSON.parse(JSON.stringify(createOpenapi('1.2.3'))) as ReturnType<typeof createOpenapi>;
type Operation = {
  operationId: string;
  summary: string;
  parameters: { name: string; in: string; required?: boolean; schema: object }[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { $ref?: string; description?: string; content?: Record<string, { schema: object }> }>;
};
const operations = Object.entries(openapi.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    path,
    method,
    operation: operation as unknown as Operation,
  })),
);

it('has each path of the table of routes, and no other', () => {
  const table = (Object.values(ROUTES) as Route[]).flatMap(route =>
    pathsOf(route).map(path => `${route.method} ${path}`),
  );
  expect(operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`).sort()).toEqual(table.sort());
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of Object.keys(ROUTES) as RouteId[])
    expect(ids.some(each => each === id || each.startsWith(`${id}.`))).toBe(true);
});

it.each(operations)('$method $path is whole', ({ path, operation }) => {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const parameters = operation.parameters.filter(each => each.in === 'path');
  expect(parameters.map(({ name, required }) => [name, required])).toEqual(inPath.map(name => [name, true]));
  const named = operation.parameters.map(each => `${each.in} ${each.name}`);
  expect(new Set(named).size).toBe(named.length);
  for (const [status, response] of Object.entries(operation.responses)) {
    expect(Number(status)).toBeGreaterThanOrEqual(200);
    if (response.$ref) expect(response.$ref).toBe('#/components/responses/problem');
    else expect(response.description).toBeTruthy();
  }
  expect(Object.keys(operation.responses).filter(status => status.startsWith('2'))).toHaveLength(1);
  const schemas = [
    ...operation.parameters.map(({ schema }) => schema),
    ...Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => schema),
    ...Object.values(operation.responses).flatMap(({ content = {} }) =>
      Object.values(content).map(({ schema }) => schema),
    ),
  ];
  // A keyword that is none, or of another type, is found by the walk of the validator.
  for (const schema of schemas) expect(() => new Validator(schema, '2020-12').validate({})).not.toThrow();
});

it('is OpenAPI 3.1 whose references lead somewhere', () => {
  expect(openapi.openapi).toBe('3.1.0');
  expect(openapi.info).toMatchObject({ version: '1.2.3' });
  const text = JSON.stringify(openapi);
  for (const [, reference = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const found = reference.split('/').reduce<unknown>((at, step) => (at as Record<string, unknown>)?.[step], openapi);
    expect(found).toBeDefined();
  }
});
