/** What `process.env` is: the variables of the process by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Replaces `${NAME}` and `${NAME:-default}` in every text of a stored value, for the names that the config lists. Anything else is text like
 * any other: another name, an unclosed `${`, the names of properties. One pass: the result is not scanned again, so a variable cannot name
 * another one. `\${NAME}` is the text `${NAME}`, and `\\${NAME}` a backslash before the variable.
 *
 *   the variable is | `${NAME}`     | `${NAME:-default}`
 *   ----------------|---------------|-------------------
 *   set             | its value     | its value
 *   empty           | the empty text| default
 *   not set         | stays as it is| default
 */
export function expandVariables(value: unknown, names: readonly string[], environment: Environment): unknown {
  if (names.length === 0) return value;
  // Backslashes, `${`, a name, perhaps `:-` and a default without `}`, and `}`. No name has a character that means something here.
  const placeholder = new RegExp(`(\\\\*)\\$\\{(${names.join('|')})(?::-([^}]*))?\\}`, 'g');
  const expandAll = (within: unknown): unknown => {
    if (typeof within === 'string')
      return within.includes('${') ? expandText(within, placeholder, environment) : within;
    if (typeof within !== 'object' || within === null) return within;
    if (Array.isArray(within)) return within.map(expandAll);
    // Not by assignment: a property may be called `__proto__`.
    return Object.fromEntries(Object.entries(within).map(([name, item]) => [name, expandAll(item)]));
  };
  return expandAll(value);
}

function expandText(text: string, placeholder: RegExp, environment: Environment): string {
  return text.replace(placeholder, (all: string, slashes: string, name: string, byDefault: string | undefined) => {
    const kept = slashes.slice(0, Math.floor(slashes.length / 2));
    const asItStands = all.slice(slashes.length);
    if (slashes.length % 2 === 1) return kept + asItStands;
    const found = Object.hasOwn(environment, name) ? environment[name] : undefined;
    return kept + ((byDefault === undefined ? found : found || byDefault) ?? asItStands);
  });
}
