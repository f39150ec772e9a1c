import { common, pathsOf, ROUTES, type Route, type RouteId } from '@tenantry/admin-api';

interface Operation {
  readonly operationId: string;
  readonly [part: string]: unknown;
}

/** The API as OpenAPI 3.1: from the table of routes, and from nothing else. `base` is what stands before its paths. */
export function createOpenapi(version: string, base = '/api/v1') {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const [id, route] of Object.entries(ROUTES) as [RouteId, Route][])
    for (const path of pathsOf(route)) {
      const operations = paths[path] ?? {};
      operations[route.method.toLowerCase()] = operationOf(id, route, path);
      paths[path] = operations;
    }
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: {
      ...{ title: 'Tenantry admin', version },
      description:
        'Configs of all scopes, groups, rights, audit and operations. What one may not see answers as what is not there. JSON text in `json` keeps its digits.',
    },
    servers: [{ url: base }],
    security: [{ bearer: [] }, {}],
    tags: [...new Set(Object.keys(ROUTES).map(tagOf))].map(name => ({ name })),
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: common.Problem },
      responses: {
        problem: {
          description: 'A refusal (RFC 9457).',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  };
}

function operationOf(id: RouteId, route: Route, path: string): Operation {
  const { summary, verb, body, conditional } = route;
  const isRead = route.method === 'GET';
  const kind = route.path.includes('{scope}') ? `.${path.split('/')[1] as string}` : '';
  return {
    operationId: id + kind,
    tags: [tagOf(id)],
    summary,
    description: `Right: ${verb === 'any' ? 'to be signed in' : verb === 'public' ? 'none' : `\`${verb}\``}.`,
    parameters: [
      ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => nameParameter(name)),
      ...queryParameters(route),
      ...(conditional ? [IF_MATCH, IF_NONE_MATCH] : isRead && !route.produces ? [IF_NONE_MATCH_READ] : []),
    ],
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: responsesOf(id, route),
    'x-tenantry-verb': verb,
    ...(verb === 'public' && { security: [] }),
  };
}

function responsesOf(id: RouteId, route: Route) {
  const { method, path, verb, body, answer, conditional, produces = 'application/json' } = route;
  const problem = { $ref: '#/components/responses/problem' };
  const isNamed = path.includes('{');
  const refusals = [
    400,
    ...(verb === 'public' ? [] : [401, 403]),
    ...(isNamed ? [404] : []),
    ...(body ? [413, 415] : []),
    ...(conditional ? [412, 428] : []),
    ...(method === 'GET' ? [] : [409, 422]),
    503,
  ];
  const created = id === 'grants.give' ? 201 : 200;
  const headers = method === 'GET' && !route.produces ? { ETag: { schema: { type: 'string' } } } : undefined;
  const done = answer
    ? { [created]: { description: 'Done.', ...(headers && { headers }), content: { [produces]: { schema: answer } } } }
    : { 204: { description: 'Done.' } };
  return {
    ...done,
    ...(method === 'GET' && !route.produces && { 304: { description: 'The caller has it.' } }),
    ...Object.fromEntries(refusals.map(status => [status, problem])),
  };
}

function queryParameters({ query }: Route) {
  const { properties = {}, required = [] } = (query ?? {}) as {
    readonly properties?: Readonly<Record<string, object>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    ...{ name, in: 'query', schema },
    ...(required.includes(name) && { required: true }),
  }));
}

const WHOLE = { type: 'integer', minimum: 1 };

function nameParameter(name: string) {
  const isNumber = name === 'version' || name === 'grant';
  const schema = isNumber ? WHOLE : { type: 'string', minLength: 1, maxLength: 512 };
  const hasSlash = ['group', 'config', 'entity', 'record'].includes(name);
  return {
    name,
    in: 'path',
    required: true,
    schema,
    ...(hasSlash && { description: 'A `/` in it is written `%2F`.' }),
  };
}

const IF_MATCH = {
  ...{ name: 'If-Match', in: 'header', schema: { type: 'string' } },
  description: 'The ETag of what was read; without it, or `If-None-Match: *` to create, 428.',
};
const IF_NONE_MATCH = {
  ...{ name: 'If-None-Match', in: 'header', schema: { const: '*' } },
  description: 'Only where nothing is there yet.',
};
const IF_NONE_MATCH_READ = {
  ...{ name: 'If-None-Match', in: 'header', schema: { type: 'string' } },
  description: 'The ETag of the last answer: 304 where it is the same.',
};

function tagOf(id: string): string {
  return id.split('.')[0] as string;
}
