import Type from 'typebox';
import { exact, PageQuery } from '../answers/common.ts';
import * as configs from '../answers/configs.ts';
import * as operations from '../answers/operations.ts';
import * as scopes from '../answers/scopes.ts';
import type { Route } from './route.ts';

const page = exact(PageQuery);

/** Tenants, groups, what changes in a scope, and replicated records. */
export const SCOPE_ROUTES = {
  'events.stream': {
    ...{
      method: 'GET',
      path: '/{scope}/events',
      verb: 'list',
      target: 'scope',
      summary: 'What changes, as it changes',
    },
    ...{ produces: 'text/event-stream', answer: Type.String() },
  },
  'tenants.list': {
    ...{ method: 'GET', path: '/tenants', verb: 'any', target: 'each', summary: 'Tenants' },
    ...{ query: scopes.SearchQuery, answer: scopes.TenantPage },
  },
  'tenants.get': {
    ...{
      method: 'GET',
      path: '/tenants/{tenant}',
      verb: 'list',
      target: 'scope',
      summary: 'One tenant and its groups',
    },
    answer: scopes.TenantAnswer,
  },
  'tenants.setGroups': {
    ...{
      method: 'PUT',
      path: '/tenants/{tenant}/groups',
      verb: 'edit',
      target: 'scope',
      summary: "Sets a tenant's groups",
    },
    ...{ config: '@groups', conditional: true, body: scopes.GroupsBody, answer: scopes.GroupsWritten },
  },
  'groups.list': {
    ...{ method: 'GET', path: '/groups', verb: 'any', target: 'each', summary: 'Groups of tenants' },
    ...{ query: scopes.SearchQuery, answer: scopes.GroupPage },
  },
  'groups.get': {
    ...{ method: 'GET', path: '/groups/{group}', verb: 'list', target: 'scope', summary: 'One group' },
    answer: scopes.GroupAnswer,
  },
  'groups.members': {
    ...{ method: 'GET', path: '/groups/{group}/members', verb: 'list', target: 'each', summary: 'Who is in a group' },
    ...{ query: page, answer: scopes.MemberPage },
  },
  'groups.set': {
    ...{
      method: 'PUT',
      path: '/groups/{group}',
      verb: 'edit',
      target: 'scope',
      summary: 'Makes a group, or sets its groups',
    },
    ...{ config: '@groups', conditional: true, body: scopes.GroupsBody, answer: scopes.GroupsWritten },
  },
  'groups.delete': {
    ...{
      method: 'DELETE',
      path: '/groups/{group}',
      verb: 'edit',
      target: 'scope',
      summary: 'Deletes a group that nobody is in',
    },
    ...{ config: '@groups', conditional: true, query: configs.ReasonBody },
  },
  'entities.list': {
    ...{ method: 'GET', path: '/entities', verb: 'any', target: 'each', summary: 'Entities that are replicated' },
    answer: operations.EntityPage,
  },
  'records.list': {
    ...{
      method: 'GET',
      path: '/{scope}/entities/{entity}/records',
      verb: 'list',
      target: 'scope',
      summary: 'Records that Redis has',
    },
    ...{ query: operations.RecordsQuery, answer: operations.RecordPage },
  },
  'records.get': {
    ...{
      method: 'GET',
      path: '/{scope}/entities/{entity}/records/{record}',
      verb: 'view',
      target: 'scope',
      summary: 'One record and its keys',
    },
    answer: operations.RecordAnswer,
  },
} as const satisfies Record<string, Route>;
