import type { Verb } from '@tenantry/admin-api/rights';

/** What each verb allows, in plain words. */
export const VERB_WORDS: Readonly<Record<Verb, string>> = {
  list: 'see names and states',
  view: 'see values, and list',
  edit: 'change values, and view',
  reveal: 'see secrets, and view',
  audit: 'read the audit log',
  operate: 'retry, discard, audit and repair',
  grant: 'give and take the rights that they hold',
};
