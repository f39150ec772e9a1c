import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, setDiagnostics } from '@codemirror/lint';
import { unifiedMergeView } from '@codemirror/merge';
import { EditorState, type Extension } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { completeJson } from './complete-json.ts';
import type { TextMark } from './diagnostics.ts';

export interface CodeEditor {
  /** Replaces the text, where it is another one. */
  setText(text: string): void;
  setMarks(marks: readonly TextMark[]): void;
  focusAt(position: number): void;
  close(): void;
}

export interface CodeEditorOptions {
  readonly label: string;
  readonly text: string;
  readonly readOnly: boolean;
  /** What may stand in the text, as JSON Schema. */
  readonly schema: () => unknown;
  readonly typed: (text: string) => void;
}

/** A JSON editor in `host`. */
export function openCodeEditor(
  host: HTMLElement,
  { label, text, readOnly, schema, typed }: CodeEditorOptions,
): CodeEditor {
  const view = inShadow(host, text, [
    ...common(label, readOnly),
    ...[history(), lintGutter(), bracketMatching(), highlightActiveLine(), foldGutter()],
    // Its keys come first: Enter takes what is offered.
    completeJson(schema),
    // Tab leaves the editor, as it leaves every other field; Ctrl-M makes it indent.
    keymap.of([...defaultKeymap, ...historyKeymap, ...foldKeymap]),
    EditorView.updateListener.of(({ docChanged, state }) => {
      if (docChanged) typed(state.doc.toString());
    }),
  ]);
  return {
    setText: next => {
      const now = view.state.doc.toString();
      if (now !== next) view.dispatch({ changes: { from: 0, to: now.length, insert: next } });
    },
    setMarks: marks => {
      const end = view.state.doc.length;
      const diagnostics = marks.map(({ from, to, message }) => ({
        ...{ from: Math.min(from, end), to: Math.min(to, end), message, severity: 'error' as const },
      }));
      view.dispatch(setDiagnostics(view.state, diagnostics));
    },
    focusAt: position => {
      view.dispatch({ selection: { anchor: Math.min(position, view.state.doc.length) }, scrollIntoView: true });
      view.focus();
    },
    close: () => view.destroy(),
  };
}

/** The second text, with what it changes of the first. */
export function openTextDiff(host: HTMLElement, label: string, before: string, after: string): { close(): void } {
  const view = inShadow(host, after, [
    ...common(label, true),
    unifiedMergeView({ original: before, mergeControls: false, collapseUnchanged: { margin: 3, minSize: 6 } }),
  ]);
  return { close: () => view.destroy() };
}

/**
 * In a document CodeMirror writes a style element, which the page's policy forbids. In a shadow root it adopts a constructed sheet instead, which
 * the policy is not about.
 */
function inShadow(host: HTMLElement, doc: string, extensions: readonly Extension[]): EditorView {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  root.replaceChildren();
  return new EditorView({ state: EditorState.create({ doc, extensions: [...extensions] }), parent: root, root });
}

function common(label: string, readOnly: boolean): readonly Extension[] {
  return [
    ...[json(), lineNumbers(), highlightSpecialChars(), selection(), EditorView.lineWrapping, look],
    ...[syntaxHighlighting(colours), EditorState.readOnly.of(readOnly), EditorState.tabSize.of(2)],
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
  ];
}

/** Of its own it draws a background, which is gone where the system gives all colours: the browser's has those of the system. */
function selection(): Extension {
  return matchMedia('(forced-colors: active)').matches ? [] : drawSelection();
}

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--code-name)' },
  { tag: tags.string, color: 'var(--code-text)' },
  { tag: tags.number, color: 'var(--code-number)' },
  { tag: [tags.bool, tags.null], color: 'var(--code-word)' },
]);

const look = EditorView.theme({
  '&': { color: 'var(--text)', backgroundColor: 'var(--panel)', fontSize: '13px', height: '100%' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55', overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--text)', padding: '8px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'var(--soft)', color: 'var(--quiet)', border: 'none' },
  '.cm-activeLine': { backgroundColor: 'var(--hover)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--selection)',
  },
  '.cm-tooltip': { backgroundColor: 'var(--panel)', color: 'var(--text)', border: '1px solid var(--line)' },
  // Its own marks are pictures in data: addresses, which the page's policy forbids.
  '.cm-lint-marker-error': { content: 'normal', borderRadius: '50%', backgroundColor: 'var(--bad)', scale: '0.7' },
  '.cm-lintRange-error': { backgroundImage: 'none', textDecoration: 'underline wavy var(--bad)' },
  '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '2px 8px' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--on-accent)' },
  '.cm-completionDetail': { color: 'var(--quiet)', fontStyle: 'normal' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected] .cm-completionDetail': { color: 'inherit' },
  '.cm-tooltip.cm-completionInfo': { padding: '4px 10px', fontFamily: 'var(--font)' },
  '.cm-changedLine, &.cm-merge-b .cm-changedLine': { backgroundColor: 'var(--good-soft)' },
  '.cm-changedText, &.cm-merge-b .cm-changedText': { background: 'var(--good-strong)' },
  '.cm-deletedChunk': { backgroundColor: 'var(--bad-soft)' },
  '.cm-deletedChunk .cm-deletedText': { background: 'var(--bad-strong)' },
  '.cm-collapsedLines': { background: 'var(--soft)', color: 'var(--quiet)' },
  // Backgrounds say nothing where the system gives all colours.
  '@media (forced-colors: active)': {
    '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
      ...{ forcedColorAdjust: 'none', backgroundColor: 'Highlight', color: 'HighlightText' },
    },
    '.cm-lint-marker-error': { forcedColorAdjust: 'none', backgroundColor: 'CanvasText' },
    '.cm-deletedChunk .cm-deletedText': { textDecoration: 'line-through' },
    '.cm-changedText': { textDecoration: 'underline' },
    '.cm-changedLine': { borderLeft: '3px solid CanvasText' },
    '.cm-deletedChunk': { borderLeft: '3px dashed CanvasText' },
  },
});
