/** So many tenants one rule may name before it is more than an exception. */
const MOST_TENANTS = 1_000;

/** The tenants that a list of texts or numbers names; undefined where it is none of that. */
export function tenantsOf(values: unknown): readonly string[] | undefined {
  if (!Array.isArray(values) || values.length === 0 || values.length > MOST_TENANTS) return undefined;
  const names = values.map(each => (typeof each === 'number' ? String(each) : each));
  return names.every((each): each is string => typeof each === 'string' && each !== '' && !each.includes('/'))
    ? [...new Set(names)]
    : undefined;
}
