import { expect, it } from 'vitest';
import { checkAdminOptions } from './admin-options.ts';

const orm = { config: { getExtension: () => undefined } };
const backend = { writeTogether: async () => new Map() };
const client = { status$: {}, tenant: () => undefined };

it.each([
  [{ client }, '`orm` must be an ORM that was started with `tenantry`, or left out where `backend` is given'],
  [{ client, orm, backend }, 'left out where `backend` is given'],
  [{ client, backend: {} }, '`backend` must be a backend'],
  [{ client, orm: {} }, '`orm` must be an ORM'],
])('an admin is of an ORM or of another backend: %o', (options, message) => {
  expect(() => checkAdminOptions(options as never)).toThrow(message);
});

it.each([
  { client, orm },
  { client, backend },
])('takes either: %o', options => {
  expect(checkAdminOptions(options as never)).toMatchObject(options);
});
