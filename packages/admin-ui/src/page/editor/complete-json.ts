import {
  acceptCompletion,
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  completionKeymap,
} from '@codemirror/autocomplete';
import type { Extension } from '@codemirror/state';
import { keymap } from '@codemirror/view';
import { type Place, placeIn } from './place-in.ts';
import { suggestionsAt } from './suggestions.ts';

/** Of longer texts it offers only what somebody asks for. */
const LONGEST = 300_000;

/** Offers what the schema knows of the place where somebody types. */
export function completeJson(schema: () => unknown): Extension {
  const offer = ({ state, pos, explicit }: CompletionContext): CompletionResult | null => {
    // The place is found by reading all of the text before it: whoever types does not wait for that.
    if (state.doc.length > LONGEST && !explicit) return null;
    const text = state.doc.toString();
    const place = placeIn(text, pos);
    // Nobody asked, and nothing was begun.
    if (place === undefined || (place.from === pos && !explicit)) return null;
    const suggestions = suggestionsAt(schema(), place);
    // It is typed whole: Enter is a new line again.
    if (suggestions.some(({ text: whole }) => whole === text.slice(place.from, pos))) return null;
    const options = suggestions.map(({ text: label, kind, about }): Completion => {
      const completion: Completion = { label, apply: label + behind(place, text, pos) };
      if (kind !== undefined) completion.detail = kind;
      if (about !== undefined) completion.info = about;
      return completion;
    });
    // A quote that closes what was begun is replaced too.
    return { from: place.from, to: pos + (text[pos] === '"' && place.from < pos ? 1 : 0), options };
  };
  // A key that accepts, and otherwise does what it always does.
  return [
    autocompletion({ override: [offer], icons: false, defaultKeymap: false, interactionDelay: 0 }),
    keymap.of([...completionKeymap, { key: 'Enter', run: acceptCompletion }]),
  ];
}

/** A name is followed by its colon. */
function behind({ kind }: Place, text: string, pos: number): string {
  return kind === 'name' && !/^"?\s*:/.test(text.slice(pos)) ? ': ' : '';
}
