import { pointerPart } from '../documents/tree.ts';

/**
 * The JSON Pointer of an issue's path, `servers[0].tls.cert`, in a value. A name may have dots itself, so the longest name that is there
 * counts; what is missing in the value ends the way.
 */
export function pointerOf(value: unknown, path: string): string {
  const [index] = /^\[\d+\]/.exec(path) ?? [];
  if (index !== undefined && Array.isArray(value))
    return step(value[Number(index.slice(1, -1))], path.slice(index.length), pointerPart(index.slice(1, -1)));
  if (typeof value !== 'object' || value === null) return '';
  const names = Object.keys(value).filter(name => path.startsWith(name) && /^($|[.[])/.test(path.slice(name.length)));
  const [name] = names.sort((a, b) => b.length - a.length);
  if (name === undefined) return '';
  return step((value as Record<string, unknown>)[name], path.slice(name.length), pointerPart(name));
}

function step(value: unknown, rest: string, part: string): string {
  return part + pointerOf(value, rest.replace(/^\./, ''));
}
