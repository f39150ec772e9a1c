import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { readableText } from '../json/print-json.ts';

/** Two texts as one, with what came and what went. */
export function TextDiff({
  label,
  before,
  after,
}: Readonly<Record<'label' | 'before' | 'after', string>>): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let open: { close(): void } | undefined;
    let isWanted = true;
    void import('./code-editor.ts').then(({ openTextDiff }) => {
      if (isWanted && host.current !== null)
        open = openTextDiff(host.current, label, readableText(before), readableText(after));
    });
    return () => {
      isWanted = false;
      open?.close();
    };
  }, [label, before, after]);
  return <div class="editor editor-diff" ref={host} />;
}
