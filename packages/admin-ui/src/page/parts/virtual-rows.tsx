import { useSignal } from '@preact/signals';
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import type { ComponentChildren, JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';

/** As style/table.css has it. */
const ROW_HEIGHT = 40;

interface VirtualRowsProps<T> {
  readonly label: string;
  readonly head: ComponentChildren;
  readonly columns: number;
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  readonly row: (row: T) => ComponentChildren;
  /** Told which row is the last that is shown. */
  readonly shown?: (last: number) => void;
}

/** A table of any length: only the rows that can be seen are in the document. */
export function VirtualRows<T>({ label, head, columns, rows, keyOf, row, shown }: VirtualRowsProps<T>): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const { items, total } = useVirtual(scroller, rows.length);
  const last = items.at(-1)?.index ?? -1;
  useLayoutEffect(() => {
    if (last >= 0) shown?.(last);
  }, [last, rows.length]);
  const before = items[0]?.start ?? 0;
  const after = total - (items.at(-1)?.end ?? 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
    <section class="scroller" ref={scroller} tabIndex={0} aria-label={label}>
      <table class="rows" aria-rowcount={rows.length + 1}>
        <caption class="sr">{label}</caption>
        <thead>
          <tr aria-rowindex={1}>{head}</tr>
        </thead>
        <tbody>
          <Gap height={before} columns={columns} />
          {items.map(({ index }) => {
            const each = rows[index];
            return each === undefined ? null : (
              <tr key={keyOf(each)} aria-rowindex={index + 2}>
                {row(each)}
              </tr>
            );
          })}
          <Gap height={after} columns={columns} />
        </tbody>
      </table>
    </section>
  );
}

/** As high as the rows that are left out. An attribute, because the page allows itself no styles outside of its files. */
function Gap({ height, columns }: { readonly height: number; readonly columns: number }): JSX.Element | null {
  if (height <= 0) return null;
  return (
    <tr class="gap">
      <td colSpan={columns}>
        <svg width="1" height={height} aria-hidden="true" />
      </td>
    </tr>
  );
}

function useVirtual(scroller: { readonly current: HTMLDivElement | null }, count: number) {
  const drawn = useSignal(0);
  const virtualizer = useMemo(
    () =>
      new Virtualizer<HTMLDivElement, Element>({
        count,
        getScrollElement: () => scroller.current,
        estimateSize: () => ROW_HEIGHT,
        overscan: 12,
        initialRect: { width: 0, height: 800 },
        observeElementRect,
        observeElementOffset,
        scrollToFn: elementScroll,
        onChange: () => {
          drawn.value++;
        },
      }),
    [],
  );
  virtualizer.setOptions({ ...virtualizer.options, count });
  useLayoutEffect(() => virtualizer._didMount(), []);
  useLayoutEffect(() => virtualizer._willUpdate());
  // Read, so that a scroll draws again.
  void drawn.value;
  return { items: virtualizer.getVirtualItems(), total: virtualizer.getTotalSize() };
}
