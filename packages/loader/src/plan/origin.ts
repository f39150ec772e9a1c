import { createHash } from 'node:crypto';

/** The longest that the history keeps. */
const LONGEST = 255;

/** How the origin of all that a loader sets begins: it tells one loader's values from another's, and from those of people. */
export function originPrefix(loader: string): string {
  return `file:${loader}:`;
}

/** The origin of what a file says: `file:<loader>:<path>#<sha256>`. Of a path that is too long its end stands there, after a hash of it. */
export function originOf(loader: string, path: string, sha256: string): string {
  const prefix = originPrefix(loader);
  const rest = `#${sha256}`;
  const room = LONGEST - prefix.length - rest.length;
  if (path.length <= room) return prefix + path + rest;
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 12);
  return `${prefix}${hash}…${path.slice(path.length - (room - hash.length - 1))}${rest}`;
}

/** In the place of a hash: no file says it any more. */
export const GONE = 'gone';

/** The origin of a value that is taken away, because no file says it any more: of what its own origin was. */
export function originOfGone(loader: string, origin: string): string {
  return originOf(loader, pathOfOrigin(loader, origin), GONE);
}

/** Whether an origin says that a loader has taken away what its files said, be it this one or another. */
export function saysGone(origin = ''): boolean {
  return origin.startsWith('file:') && origin.endsWith(`#${GONE}`);
}

/** The file of an origin of this loader. */
export function pathOfOrigin(loader: string, origin: string): string {
  return origin.slice(originPrefix(loader).length).replace(/#[^#]*$/, '');
}
