import type { Route } from './route.ts';
import { ROUTES, type RouteId } from './route-table.ts';

const TITLES: Readonly<Record<string, string>> = {
  ...{ me: 'The caller', grants: 'Grants', audit: 'Audit log', openapi: 'The API itself', definitions: 'Definitions' },
  ...{ configs: 'Configs', state: 'State', events: 'Events', tenants: 'Tenants', groups: 'Groups of tenants' },
  ...{ entities: 'Entities', records: 'Records', operations: 'Operations', deadRows: 'Dead rows' },
  ...{ deadLetters: 'Dead letters', audits: 'Audits', readers: 'Readers' },
};

/** The tables of routes, as docs/reference/admin-api.md has them between its marks. */
export function routesPage(): string {
  const subjects = Map.groupBy(Object.entries(ROUTES) as [RouteId, Route][], ([id]) => id.split('.')[0] as string);
  return [...subjects].map(([subject, routes]) => section(TITLES[subject] ?? subject, routes)).join('\n');
}

function section(title: string, routes: readonly [RouteId, Route][]): string {
  const rows = routes.map(([id, route]) => {
    const { method, path, verb, summary, conditional } = route;
    const right = verb === 'any' ? 'signed in' : verb === 'public' ? 'none' : `\`${verb}\``;
    const on = route.config ? `${right}, for all configs` : right;
    const notes = [conditional ? '`If-Match`' : '', route.produces ? `\`${route.produces}\`` : ''].filter(Boolean);
    return `| \`${id}\` | \`${method} ${path}\` | ${on} | ${summary}${notes.length > 0 ? ` (${notes.join(', ')})` : ''} |`;
  });
  const fields = routes.flatMap(([id, route]) => fieldsOf(id, route));
  return [
    `### ${title}`,
    '',
    '| route | call | right | what it does |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    ...(fields.length > 0 ? ['| route | part | fields |', '| --- | --- | --- |', ...fields, ''] : []),
  ].join('\n');
}

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
}

function fieldsOf(id: RouteId, route: Route): string[] {
  return (['query', 'body', 'answer'] as const).flatMap(part => {
    const { properties, required = [] } = (route[part] ?? {}) as Shape;
    if (!properties) return [];
    const names = Object.entries(properties).map(([name, shape]) => {
      const inner = Object.keys(shape.items?.properties ?? {});
      const list = inner.length > 0 ? ` [${inner.join(', ')}]` : '';
      return `\`${name}${required.includes(name) ? '' : '?'}${list}\``;
    });
    return [`| \`${id}\` | ${part} | ${names.join(' ')} |`];
  });
}
