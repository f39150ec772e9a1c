import { ROUTES, type Route, type RouteId } from '@tenantry/admin-api';
import { expect, it } from 'vitest';
import { ANSWER_MARKS, isAnswerOf } from './answer-marks.ts';

it('every answer of a route has what the program knows it by', () => {
  for (const [id, { answer, produces }] of Object.entries(ROUTES) as [RouteId, Route][]) {
    const mark = ANSWER_MARKS[id];
    const isEmpty = answer === undefined || produces === 'text/event-stream';
    // OpenAPI has no schema here; its own says that this is required.
    if (id === 'openapi.get') expect(mark).toBe('openapi');
    else if (isEmpty) expect(mark, id).toBeNull();
    else expect((answer as { readonly required?: readonly string[] }).required, id).toContain(mark);
  }
  expect(Object.keys(ANSWER_MARKS).sort()).toEqual(Object.keys(ROUTES).sort());
});

it('nothing else is taken for an answer', () => {
  for (const other of [undefined, null, [], {}, 5, 'version', { items: 5 }, { status: 'ok' }])
    for (const id of ['configs.get', 'configs.set', 'configs.list'] as const) expect(isAnswerOf(id, other)).toBe(false);
  expect(isAnswerOf('grants.take', {})).toBe(false);
});
