import { readFileSync } from 'node:fs';

/**
 * The rules of a user, from the `acl` blocks of a page such as docs/guides/security.md, as arguments for ACL SETUSER: the name
 * first. `replace` is done on each of them, for a prefix or a password of the test's own.
 */
export function aclRules(page: URL, user: string, replace: Readonly<Record<string, string>> = {}): string[] {
  const blocks = [...readFileSync(page, 'utf8').matchAll(/```acl\nuser (\S+) ([\s\S]*?)```/g)];
  const rules = blocks.find(([, name]) => name === user)?.[2];
  if (rules === undefined) throw new Error(`${page.pathname} has no rules for ${user}`);
  const change = (rule: string): string =>
    Object.entries(replace).reduce((text, [from, to]) => text.replaceAll(from, to), rule);
  return [user, ...rules.trim().split(/\s+/).map(change)];
}
