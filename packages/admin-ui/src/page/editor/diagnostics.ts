import type { Issue } from '../form-model/hints.ts';
import { type JsonProblem, spansOf } from '../json/read-json.ts';

export interface TextMark {
  readonly from: number;
  readonly to: number;
  readonly message: string;
}

/** Where in the text the issues are: at their values, or at the nearest value around that is there. */
export function textMarks(text: string, problem: JsonProblem | undefined, issues: readonly Issue[]): TextMark[] {
  if (problem !== undefined) {
    const { at, message } = problem;
    return [
      {
        from: Math.max(0, Math.min(at, text.length - 1)),
        to: text.length === 0 ? 0 : Math.min(at + 1, text.length),
        message,
      },
    ];
  }
  if (issues.length === 0) return [];
  const spans = spansOf(text);
  return issues.map(({ path, message }) => {
    let nearest = path;
    while (nearest !== '' && !spans.has(nearest)) nearest = nearest.slice(0, nearest.lastIndexOf('/'));
    const [from, to] = spans.get(nearest) ?? [0, text.length];
    return { from, to, message };
  });
}
