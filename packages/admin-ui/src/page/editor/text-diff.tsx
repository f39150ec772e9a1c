import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { readableText } from '../json/print-json.ts';
import { NotLoaded } from '../parts/quiet.tsx';

/** Two texts as one, with what came and what went. */
export function TextDiff({
  label,
  before,
  after,
}: Readonly<Record<'label' | 'before' | 'after', string>>): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const [hasFailed, setHasFailed] = useState(false);
  useEffect(() => {
    if (hasFailed) return undefined;
    let open: { close(): void } | undefined;
    let isWanted = true;
    import('./code-editor.ts').then(
      ({ openTextDiff }) => {
        if (isWanted && host.current !== null)
          open = openTextDiff(host.current, label, readableText(before), readableText(after));
      },
      () => setHasFailed(true),
    );
    return () => {
      isWanted = false;
      open?.close();
    };
  }, [label, before, after, hasFailed]);
  if (hasFailed) return <NotLoaded retry={() => setHasFailed(false)} />;
  return <div class="editor editor-diff" ref={host} />;
}
