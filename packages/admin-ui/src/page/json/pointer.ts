import type { Path } from './json-tree.ts';

/** RFC 6901: `['a', 'b/c', 0]` → `/a/b~1c/0`. */
export function pointerOf(path: Path): string {
  return path.map(step => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The names of a pointer. A leading `#` (as JSON Schema validators write it) and the encoding behind it are understood. */
export function pathOf(pointer: string): string[] {
  const plain = pointer.startsWith('#') ? safeDecode(pointer.slice(1)) : pointer;
  if (plain === '') return [];
  return plain
    .replace(/^\//, '')
    .split('/')
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** For people: `/limits/seats/0` → `limits › seats › 0`. */
export function spokenPath(pointer: string): string {
  const path = pathOf(pointer);
  return path.length === 0 ? 'the whole value' : path.join(' › ');
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
