import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Issue } from '../form-model/hints.ts';
import type { JsonProblem } from '../json/read-json.ts';
import type { CodeEditor } from './code-editor.ts';
import { textMarks } from './diagnostics.ts';

interface JsonEditorProps {
  readonly label: string;
  readonly text: string;
  /** The text as it is now, which may be newer than what was drawn. */
  readonly now: () => string;
  readonly readOnly: boolean;
  /** Why the text cannot be read. */
  readonly problem: JsonProblem | undefined;
  readonly issues: readonly Issue[];
  readonly schema: unknown;
  readonly typed: (text: string) => void;
}

/** The text as it was typed, with marks where something is wrong. The editor itself is loaded when it is first shown. */
export function JsonEditor({
  label,
  text,
  now,
  readOnly,
  problem,
  issues,
  schema,
  typed,
}: JsonEditorProps): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const [editor, setEditor] = useState<CodeEditor | 'failed' | undefined>(undefined);
  const latest = useRef({ text, typed, schema });
  // Another schema, or the same one read again, opens no new editor: somebody may be typing.
  latest.current = { text, typed, schema };
  useEffect(() => {
    let open: CodeEditor | undefined;
    let isWanted = true;
    import('./code-editor.ts').then(
      ({ openCodeEditor }) => {
        if (!isWanted || host.current === null) return;
        open = openCodeEditor(host.current, {
          ...{ label, text: latest.current.text, readOnly },
          schema: () => latest.current.schema,
          typed: next => latest.current.typed(next),
        });
        setEditor(open);
      },
      () => setEditor('failed'),
    );
    return () => {
      isWanted = false;
      open?.close();
    };
  }, [label, readOnly]);
  useEffect(() => {
    if (editor === undefined || editor === 'failed') return;
    // Not `text`: somebody who types fast is ahead of what is drawn, and would lose what was typed since.
    const present = now();
    editor.setText(present);
    if (present === text) editor.setMarks(textMarks(text, problem, issues));
  }, [editor, text, issues]);
  if (editor === 'failed')
    return (
      <textarea
        class="plain-editor"
        aria-label={label}
        value={text}
        readOnly={readOnly}
        spellcheck={false}
        onInput={({ currentTarget }) => typed(currentTarget.value)}
      />
    );
  return <div class="editor" ref={host} />;
}
