import { type Catalog, leaf } from './program/catalog.ts';

const DEAD_ROWS = () => import('./commands/operations/dead-rows.ts');
const DEAD_LETTERS = () => import('./commands/operations/dead-letters.ts');

const definitions: Catalog = {
  list: leaf('Lists the configs that are registered', () => import('./commands/definitions/list.ts'), 'list'),
  get: leaf('Shows a registered config', () => import('./commands/definitions/get.ts'), 'get'),
  matrix: leaf('Shows one config over all scopes', () => import('./commands/definitions/matrix.ts'), 'matrix'),
};

const schema: Catalog = {
  check: leaf('Checks every stored value against new definitions', () => import('./commands/schema/check.ts'), 'check'),
};

const tenants: Catalog = {
  list: leaf('Lists tenants', () => import('./commands/tenants/list.ts'), 'list'),
  get: leaf('Shows a tenant and its groups', () => import('./commands/tenants/get.ts'), 'get'),
  'set-groups': leaf('Sets the groups of a tenant', () => import('./commands/tenants/set-groups.ts'), 'setGroups'),
};

const groups: Catalog = {
  list: leaf('Lists groups of tenants', () => import('./commands/groups/list.ts'), 'list'),
  get: leaf('Shows a group', () => import('./commands/groups/get.ts'), 'get'),
  members: leaf('Lists who is in a group', () => import('./commands/groups/members.ts'), 'members'),
  set: leaf('Makes a group, or sets the groups that it is in', () => import('./commands/groups/set.ts'), 'set'),
  delete: leaf('Deletes a group', () => import('./commands/groups/delete.ts'), 'deleteGroup'),
};

const records: Catalog = {
  entities: leaf('Lists the entities that are replicated', () => import('./commands/records/entities.ts'), 'entities'),
  list: leaf('Lists the records of an entity', () => import('./commands/records/list.ts'), 'list'),
  get: leaf('Shows a record', () => import('./commands/records/get.ts'), 'get'),
};

const operations: Catalog = {
  overview: leaf('Shows how the installation stands', () => import('./commands/operations/overview.ts'), 'overview'),
  'dead-rows': {
    summary: 'Changes that were given up on',
    commands: {
      list: leaf('Lists them', DEAD_ROWS, 'list'),
      retry: leaf('Tries them again', DEAD_ROWS, 'retry'),
      discard: leaf('Forgets them', DEAD_ROWS, 'discard'),
    },
  },
  'dead-letters': {
    summary: 'Write-backs that were given up on',
    commands: {
      list: leaf('Lists them', DEAD_LETTERS, 'list'),
      retry: leaf('Tries them again', DEAD_LETTERS, 'retry'),
      discard: leaf('Gives readers the database’s value again', DEAD_LETTERS, 'discard'),
    },
  },
  audit: leaf('Compares Redis with the database', () => import('./commands/operations/audit.ts'), 'audit'),
  readers: leaf('Lists the readers that are connected', () => import('./commands/operations/readers.ts'), 'readers'),
};

const grants: Catalog = {
  list: leaf('Lists who may do what', () => import('./commands/grants/list.ts'), 'list'),
  give: leaf('Gives a right', () => import('./commands/grants/give.ts'), 'give'),
  take: leaf('Takes a right away', () => import('./commands/grants/take.ts'), 'take'),
};

const audit: Catalog = {
  list: leaf('Lists who did what, newest first', () => import('./commands/audit/list.ts'), 'list'),
  export: leaf('Prints the audit log, oldest first', () => import('./commands/audit/export.ts'), 'exportAudit'),
};

const profile: Catalog = {
  add: leaf('Keeps a server, and the token for it', () => import('./commands/profiles/add.ts'), 'add'),
  list: leaf('Lists the profiles', () => import('./commands/profiles/list.ts'), 'list'),
  use: leaf('Makes a profile the current one', () => import('./commands/profiles/use.ts'), 'use'),
  remove: leaf('Removes a profile and its token', () => import('./commands/profiles/remove.ts'), 'remove'),
};

/** Every command. Each is loaded when it is called. */
export const CATALOG: Catalog = {
  get: leaf('Shows a config of a scope', () => import('./commands/configs/get.ts'), 'get'),
  set: leaf('Sets the value of a config', () => import('./commands/configs/set.ts'), 'set'),
  patch: leaf('Changes parts of a value', () => import('./commands/configs/patch.ts'), 'patch'),
  unset: leaf('Takes a value away', () => import('./commands/configs/unset.ts'), 'unset'),
  list: leaf('Lists the configs of a scope', () => import('./commands/configs/list.ts'), 'list'),
  history: leaf('Lists the versions of a config', () => import('./commands/configs/history.ts'), 'history'),
  version: leaf('Shows one version of a config', () => import('./commands/configs/version.ts'), 'version'),
  diff: leaf(
    'Shows what differs between versions, scopes or installations',
    () => import('./commands/compare/diff.ts'),
    'diff',
  ),
  copy: leaf('Copies configs from one scope to another', () => import('./commands/compare/copy.ts'), 'copy'),
  plan: leaf('Shows what a folder of files would change', () => import('./commands/deploy/plan.ts'), 'plan'),
  apply: leaf('Makes an installation what a plan says', () => import('./commands/deploy/apply.ts'), 'apply'),
  import: leaf('Takes over files, also of other systems', () => import('./commands/deploy/import.ts'), 'importCommand'),
  export: leaf('Writes configs as a folder of files', () => import('./commands/deploy/export.ts'), 'exportCommand'),
  rollback: leaf('Sets an earlier value again', () => import('./commands/configs/rollback.ts'), 'rollback'),
  explain: leaf('Shows where a value comes from', () => import('./commands/configs/explain.ts'), 'explain'),
  'who-overrides': leaf(
    'Lists who overrides a value',
    () => import('./commands/configs/who-overrides.ts'),
    'whoOverrides',
  ),
  preview: leaf('Shows what a change would do', () => import('./commands/configs/preview.ts'), 'preview'),
  reveal: leaf('Shows a secret, and writes that down', () => import('./commands/configs/reveal.ts'), 'reveal'),
  watch: leaf('Prints what changes, as it changes', () => import('./commands/watch/watch.ts'), 'watch'),
  state: leaf('Shows how a scope stands', () => import('./commands/configs/state.ts'), 'state'),
  check: leaf('Checks a folder of files, without a server', () => import('./commands/deploy/check.ts'), 'check'),
  doctor: leaf('Says what may be wrong, and what to do', () => import('./commands/doctor.ts'), 'doctor'),
  schema: { summary: 'Schemas of configs', commands: schema },
  definitions: { summary: 'Configs that are registered', commands: definitions },
  tenants: { summary: 'Tenants and their groups', commands: tenants },
  groups: { summary: 'Groups of tenants', commands: groups },
  records: { summary: 'Rows that are replicated', commands: records },
  operations: { summary: 'How the installation stands, and what to mend', commands: operations },
  grants: { summary: 'Who may do what', commands: grants },
  audit: { summary: 'Who did what', commands: audit },
  me: leaf('Shows who you are, and what you may do', () => import('./commands/session/me.ts'), 'me'),
  openapi: leaf('Prints the API as OpenAPI 3.1', () => import('./commands/session/openapi.ts'), 'openapi'),
  login: leaf('Keeps a token for a profile', () => import('./commands/session/login.ts'), 'login'),
  logout: leaf('Forgets the token of a profile', () => import('./commands/session/logout.ts'), 'logout'),
  profile: { summary: 'Servers and tokens that are kept', commands: profile },
  dev: leaf('Serves page and API over a folder of files', () => import('./commands/parts/dev.ts'), 'dev'),
  load: leaf('Brings files into the store', () => import('./commands/parts/load.ts'), 'load'),
  worker: leaf('Runs the worker', () => import('./commands/parts/worker.ts'), 'worker'),
  admin: leaf('Runs the admin', () => import('./commands/parts/admin.ts'), 'admin'),
  completion: leaf(
    'Prints what makes a shell complete commands and names',
    () => import('./commands/completion/completion.ts'),
    'completion',
  ),
  __complete: leaf(
    'What may stand for the last word',
    async () => ({ complete: (await import('./commands/completion/complete.ts')).completeFor(CATALOG) }),
    'complete',
    { isHidden: true },
  ),
  help: leaf(
    'Shows the help of a command, or what an error means',
    async () => ({ help: (await import('./commands/help/help.ts')).helpFor(CATALOG) }),
    'help',
  ),
};
