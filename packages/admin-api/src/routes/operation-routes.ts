import { exact, PageQuery } from '../answers/common.ts';
import * as operations from '../answers/operations.ts';
import type { Route } from './route.ts';

const page = exact(PageQuery);

/** What operators look at and mend. */
export const OPERATION_ROUTES = {
  'operations.overview': {
    ...{
      method: 'GET',
      path: '/operations',
      verb: 'operate',
      target: 'installation',
      summary: 'How the installation stands',
    },
    answer: operations.Overview,
  },
  'operations.doctor': {
    ...{
      method: 'GET',
      path: '/operations/doctor',
      verb: 'operate',
      target: 'installation',
      summary: 'What may be wrong, and what to do',
    },
    answer: operations.Doctor,
  },
  'deadRows.list': {
    ...{
      method: 'GET',
      path: '/operations/dead-rows',
      verb: 'operate',
      target: 'installation',
      summary: 'Changes that were given up on',
    },
    ...{ query: page, answer: operations.DeadRowPage },
  },
  'deadRows.retry': {
    ...{
      method: 'POST',
      path: '/operations/dead-rows/retry',
      verb: 'operate',
      target: 'installation',
      summary: 'Tries them again',
    },
    ...{ body: operations.IdsBody, answer: operations.Count },
  },
  'deadRows.discard': {
    ...{
      method: 'POST',
      path: '/operations/dead-rows/discard',
      verb: 'operate',
      target: 'installation',
      summary: 'Forgets them',
    },
    ...{ body: operations.IdsBody, answer: operations.Count },
  },
  'deadLetters.list': {
    ...{
      method: 'GET',
      path: '/operations/dead-letters',
      verb: 'operate',
      target: 'installation',
      summary: 'Write-backs that were given up on',
    },
    ...{ query: page, answer: operations.DeadLetterPage },
  },
  'deadLetters.retry': {
    ...{
      method: 'POST',
      path: '/operations/dead-letters/retry',
      verb: 'operate',
      target: 'installation',
      summary: 'Tries them again',
    },
    ...{ body: operations.IdsBody, answer: operations.Count },
  },
  'deadLetters.discard': {
    ...{
      method: 'POST',
      path: '/operations/dead-letters/discard',
      verb: 'operate',
      target: 'installation',
      summary: "Gives readers the database's value again",
    },
    ...{ body: operations.IdsBody, answer: operations.Count },
  },
  'audits.run': {
    ...{
      method: 'POST',
      path: '/operations/audits',
      verb: 'operate',
      target: 'installation',
      summary: 'Compares Redis with the database, and repairs it',
    },
    ...{ changesNothing: { unless: 'repair' }, body: operations.AuditRunBody, answer: operations.AuditRunAnswer },
  },
  'readers.list': {
    ...{
      method: 'GET',
      path: '/operations/readers',
      verb: 'operate',
      target: 'installation',
      summary: 'Readers that are connected',
    },
    ...{ query: page, answer: operations.ReaderPage },
  },
} as const satisfies Record<string, Route>;
