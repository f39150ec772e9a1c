import type { Issue } from '../form-model/hints.ts';
import { readJson } from '../json/read-json.ts';

export interface TextMark {
  readonly from: number;
  readonly to: number;
  readonly message: string;
}

/** Where in the text the issues are: at their values, or at the nearest value around that is there. */
export function textMarks(text: string, issues: readonly Issue[]): TextMark[] {
  const read = readJson(text);
  if (read.problem !== undefined) {
    const { at, message } = read.problem;
    return [
      {
        from: Math.max(0, Math.min(at, text.length - 1)),
        to: text.length === 0 ? 0 : Math.min(at + 1, text.length),
        message,
      },
    ];
  }
  return issues.map(({ path, message }) => {
    let nearest = path;
    while (nearest !== '' && !read.spans.has(nearest)) nearest = nearest.slice(0, nearest.lastIndexOf('/'));
    const [from, to] = read.spans.get(nearest) ?? [0, text.length];
    return { from, to, message };
  });
}
