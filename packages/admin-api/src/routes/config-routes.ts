import Type from 'typebox';
import { exact, PageQuery } from '../answers/common.ts';
import * as configs from '../answers/configs.ts';
import * as together from '../answers/together.ts';
import type { Route } from './route.ts';

const page = exact(PageQuery);

/** Configs, their definitions and their history. */
export const CONFIG_ROUTES = {
  'definitions.list': {
    ...{ method: 'GET', path: '/definitions', verb: 'any', target: 'each', summary: 'The configs that are registered' },
    ...{ query: exact({ ...PageQuery, search: Type.Optional(Type.String({ maxLength: 200 })) }) },
    answer: exact({ items: Type.Array(configs.Definition), cursor: Type.Optional(Type.String()) }),
  },
  'definitions.get': {
    ...{
      method: 'GET',
      path: '/definitions/{config}',
      verb: 'any',
      target: 'each',
      summary: 'One registered config, with its schema',
    },
    answer: configs.Definition,
  },
  'configs.list': {
    ...{ method: 'GET', path: '/{scope}/configs', verb: 'list', target: 'scope', summary: "A scope's configs" },
    ...{ query: configs.ListQuery, answer: configs.ListedPage },
  },
  'configs.get': {
    ...{
      method: 'GET',
      path: '/{scope}/configs/{config}',
      verb: 'view',
      target: 'scope',
      summary: 'One config of a scope',
    },
    answer: configs.ConfigRecord,
  },
  'configs.set': {
    ...{ method: 'PUT', path: '/{scope}/configs/{config}', verb: 'edit', target: 'scope', summary: 'Sets a value' },
    ...{ conditional: true, body: configs.SetBody, answer: configs.Written },
  },
  'configs.patch': {
    ...{
      method: 'PATCH',
      path: '/{scope}/configs/{config}',
      verb: 'edit',
      target: 'scope',
      summary: 'Merges into a value',
    },
    ...{ conditional: true, body: configs.PatchBody, answer: configs.Written },
  },
  'configs.unset': {
    ...{
      method: 'DELETE',
      path: '/{scope}/configs/{config}',
      verb: 'edit',
      target: 'scope',
      summary: 'Takes a value away',
    },
    ...{ conditional: true, query: configs.ReasonBody, answer: configs.Written },
  },
  'configs.bulk': {
    ...{
      method: 'POST',
      path: '/{scope}/configs',
      verb: 'edit',
      target: 'scope',
      summary: 'Several values, and the groups of the scope, all or nothing',
    },
    ...{ longBody: true, body: together.BulkBody, answer: together.BulkResult },
  },
  'configs.stored': {
    ...{
      method: 'POST',
      path: '/stored',
      verb: 'list',
      target: 'each',
      summary: 'What many scopes have of their own, with versions and origins',
    },
    ...{ changesNothing: true, body: together.StoredBody, answer: together.StoredAnswer },
  },
  'configs.owned': {
    ...{
      method: 'GET',
      path: '/owned',
      verb: 'view',
      target: 'each',
      summary: 'What a loader of files has set, in all scopes',
    },
    ...{ query: together.OwnedQuery, answer: together.OwnedPage },
  },
  'configs.reveal': {
    ...{
      method: 'POST',
      path: '/{scope}/configs/{config}/reveal',
      verb: 'reveal',
      target: 'scope',
      summary: 'Shows a secret, and writes that down',
    },
    ...{ body: configs.RevealBody, answer: configs.Revealed },
  },
  'configs.history': {
    ...{
      method: 'GET',
      path: '/{scope}/configs/{config}/versions',
      verb: 'view',
      target: 'scope',
      summary: 'Versions, newest first',
    },
    ...{ query: page, answer: configs.VersionPage },
  },
  'configs.version': {
    ...{
      method: 'GET',
      path: '/{scope}/configs/{config}/versions/{version}',
      verb: 'view',
      target: 'scope',
      summary: 'One version',
    },
    answer: configs.Version,
  },
  'configs.diff': {
    ...{
      method: 'GET',
      path: '/{scope}/configs/{config}/diff',
      verb: 'view',
      target: 'scope',
      summary: 'What differs between two versions',
    },
    ...{ query: configs.DiffQuery, answer: configs.Diff },
  },
  'configs.rollback': {
    ...{
      method: 'POST',
      path: '/{scope}/configs/{config}/rollback',
      verb: 'edit',
      target: 'scope',
      summary: 'Sets an earlier value again',
    },
    ...{ conditional: true, body: configs.RollbackBody, answer: configs.Written },
  },
  'configs.explain': {
    ...{
      method: 'GET',
      path: '/{scope}/configs/{config}/explain',
      verb: 'view',
      target: 'scope',
      summary: 'Where a value comes from',
    },
    answer: configs.Explanation,
  },
  'configs.overrides': {
    ...{
      method: 'GET',
      path: '/{scope}/configs/{config}/overrides',
      verb: 'view',
      target: 'each',
      summary: 'Who overrides a value',
    },
    ...{ query: configs.OverridesQuery, answer: configs.OverridePage },
  },
  'configs.matrix': {
    ...{
      method: 'GET',
      path: '/definitions/{config}/matrix',
      verb: 'view',
      target: 'each',
      summary: 'One config over all scopes',
    },
    ...{ query: configs.MatrixQuery, answer: configs.MatrixPage },
  },
  'configs.preview': {
    ...{
      method: 'POST',
      path: '/preview',
      verb: 'view',
      target: 'each',
      summary: 'What changes would do, without making them',
    },
    ...{ changesNothing: true, longBody: true, body: configs.PreviewBody, answer: configs.PreviewAnswer },
  },
  'state.get': {
    ...{
      method: 'GET',
      path: '/{scope}/state',
      verb: 'list',
      target: 'scope',
      summary: 'How a scope stands, by group of configs',
    },
    answer: configs.StateAnswer,
  },
} as const satisfies Record<string, Route>;
