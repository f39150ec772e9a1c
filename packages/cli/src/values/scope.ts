import { wrongUse } from '../failures/failure.ts';

/**
 * The scope that an argument names: `global`, `groups/<name>`, `tenants/<id>`, or the id of a tenant alone. A tenant called `global` is
 * `tenants/global`. `INVALID_OPTION`.
 */
export function toScope(text: string): string {
  if (text === 'global' || /^(groups|tenants)\/./s.test(text)) return text;
  if (text === '' || text.includes('/'))
    throw wrongUse(`${JSON.stringify(text)} is no scope: write global, groups/<name>, tenants/<id>, or a tenant's id.`);
  return `tenants/${text}`;
}

/** Where a grant or an entry of the audit log may be: a scope, all of a kind (`tenants/*`), the installation, or `*`, which is everything. `INVALID_OPTION`. */
export function toPlace(text: string): string {
  return text === '*' || text === 'installation' ? text : toScope(text);
}
