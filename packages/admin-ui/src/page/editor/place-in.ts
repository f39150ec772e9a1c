import type { Path } from '../json/json-tree.ts';

/** Where in a JSON text somebody is typing. */
export interface Place {
  /** Of the object that the name is of, or of the value. */
  readonly path: Path;
  readonly kind: 'name' | 'value';
  /** Where the word begins that is being typed; the place itself where there is none. */
  readonly from: number;
  /** Of a name: those that the object has already, before and behind. */
  readonly names: ReadonlySet<string>;
}

interface Frame {
  readonly isObject: boolean;
  readonly path: Path;
  readonly names: Set<string>;
  key: string;
  position: number;
  expects: 'name' | 'colon' | 'value' | 'comma';
}

const TOKEN = /"(?:[^"\\\n]|\\.)*"?|[{}[\]:,]|[^\s{}[\]:,"]+/g;

/** Text that is being typed is seldom JSON: this reads as far as it can be understood. Undefined where nothing can stand. */
export function placeIn(text: string, at: number): Place | undefined {
  const outer: Frame = { isObject: false, path: [], names: new Set(), key: '', position: 0, expects: 'value' };
  const frames: Frame[] = [outer];
  let found: { place: Place; frame: Frame } | undefined;
  const take = (from: number): void => {
    const frame = frames.at(-1) ?? outer;
    if (frame.expects !== 'name' && frame.expects !== 'value') return;
    const path = frame.expects === 'name' ? frame.path : inner(frame, outer);
    found = { place: { path, kind: frame.expects, from, names: frame.names }, frame };
  };
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const end = index + token.length;
    const isWord = !/^[{}[\]:,]$/.test(token);
    if (found === undefined && index >= at) {
      take(at);
      if (found === undefined) return undefined;
    }
    if (found === undefined && isWord && end >= at && !isClosedAt(token, end, at)) {
      take(index);
      if (found === undefined) return undefined;
      // Its own name does not count as one that is there.
      step(frames, outer, token, false);
      continue;
    }
    if (found !== undefined && !frames.includes(found.frame)) break;
    step(frames, outer, token, true);
  }
  if (found === undefined) take(at);
  return found?.place;
}

/** Behind its closing quote a text is no longer being typed. */
function isClosedAt(token: string, end: number, at: number): boolean {
  return at === end && token.length > 1 && token.startsWith('"') && token.endsWith('"');
}

function inner(frame: Frame, outer: Frame): Path {
  if (frame === outer) return [];
  return [...frame.path, frame.isObject ? frame.key : frame.position];
}

function step(frames: Frame[], outer: Frame, token: string, counts: boolean): void {
  const frame = frames.at(-1) ?? outer;
  switch (token) {
    case '{':
    case '[': {
      const isObject = token === '{';
      const path = inner(frame, outer);
      frame.expects = 'comma';
      frames.push({ isObject, path, names: new Set(), key: '', position: 0, expects: isObject ? 'name' : 'value' });
      return;
    }
    case '}':
    case ']':
      if (frames.length > 1) frames.pop();
      return;
    case ':':
      frame.expects = 'value';
      return;
    case ',':
      frame.position++;
      frame.expects = frame === outer ? 'comma' : frame.isObject ? 'name' : 'value';
      return;
  }
  if (frame.expects !== 'name') {
    frame.expects = 'comma';
    return;
  }
  frame.key = nameOf(token);
  if (counts) frame.names.add(frame.key);
  frame.expects = 'colon';
}

function nameOf(token: string): string {
  try {
    return String(JSON.parse(token));
  } catch {
    return token.replaceAll('"', '');
  }
}
