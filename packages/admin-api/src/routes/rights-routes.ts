import Type from 'typebox';
import * as configs from '../answers/configs.ts';
import * as rights from '../answers/rights.ts';
import type { Route } from './route.ts';

/** Who may do what, who did what, and what this API is. */
export const RIGHTS_ROUTES = {
  'me.get': {
    method: 'GET',
    path: '/me',
    verb: 'any',
    target: 'each',
    summary: 'Who am I, and what may I do',
    answer: rights.Me,
  },
  'grants.list': {
    ...{ method: 'GET', path: '/grants', verb: 'any', target: 'each', summary: 'Who may do what' },
    ...{ query: rights.GrantsQuery, answer: rights.GrantPage },
  },
  'grants.give': {
    ...{ method: 'POST', path: '/grants', verb: 'any', target: 'each', summary: 'Gives a right that the caller holds' },
    ...{ body: rights.GrantBody, answer: rights.GrantAnswer },
  },
  'grants.take': {
    ...{ method: 'DELETE', path: '/grants/{grant}', verb: 'any', target: 'each', summary: 'Takes a right away' },
    query: configs.ReasonBody,
  },
  'audit.list': {
    ...{ method: 'GET', path: '/audit', verb: 'audit', target: 'each', summary: 'Who did what, newest first' },
    ...{ query: rights.AuditQuery, answer: rights.AuditPage },
  },
  'audit.export': {
    ...{
      method: 'GET',
      path: '/audit/export',
      verb: 'audit',
      target: 'each',
      summary: 'The audit log, line by line, oldest first',
    },
    ...{ query: rights.AuditExportQuery, answer: rights.AuditEntry, produces: 'application/x-ndjson' },
  },
  'openapi.get': {
    ...{ method: 'GET', path: '/openapi.json', verb: 'public', target: 'each', summary: 'This API, as OpenAPI 3.1' },
    answer: Type.Unknown(),
  },
} as const satisfies Record<string, Route>;
