import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import type { Address } from '../address/address.ts';
import { Dialog } from '../parts/dialog.tsx';
import { hrefOf } from '../parts/go.tsx';
import { useApp } from '../state/app.ts';

const GO: Readonly<Record<string, readonly [string, Address]>> = {
  t: ['Tenants', { page: 'tenants', query: {} }],
  g: ['Groups', { page: 'groups', query: {} }],
  c: ['Configs', { page: 'configs', query: {} }],
  o: ['Operations', { page: 'operations', query: {} }],
  a: ['Audit log', { page: 'audit', query: {} }],
  r: ['Grants', { page: 'grants', query: {} }],
};

const ROWS: readonly (readonly [keys: string, text: string])[] = [
  ['/', 'Search'],
  ['Ctrl S', 'Look at the draft, and save it'],
  ['Esc', 'Close what is open'],
  ['?', 'Show these keys'],
  ...Object.entries(GO).map(([key, [text]]) => [`g ${key}`, text] as const),
];

/** Keys of the whole page. Nothing needs them: they only spare the way. */
export function Keys(): JSX.Element | null {
  const { base } = useApp();
  const { route } = useLocation();
  const isOpen = useSignal(false);
  useEffect(() => {
    let isGoing = false;
    const press = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && event.key === 's') {
        event.preventDefault();
        document.querySelector<HTMLButtonElement>('button[data-save]')?.click();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
      const to = isGoing ? GO[event.key]?.[1] : undefined;
      isGoing = event.key === 'g' && to === undefined;
      if (to !== undefined) route(hrefOf(base, to));
      else if (event.key === '?') isOpen.value = true;
      else if (event.key === '/') {
        const search = document.querySelector<HTMLInputElement>('input[data-search], input[type=search]');
        if (search === null) return;
        event.preventDefault();
        search.focus();
        search.select();
      }
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [route]);
  if (!isOpen.value) return null;
  return (
    <Dialog
      title="Keys"
      close={() => {
        isOpen.value = false;
      }}
    >
      <dl class="keys dialog-body">
        {ROWS.map(([keys, text]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map(key => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

function isTyping(event: KeyboardEvent): boolean {
  const [element] = event.composedPath();
  if (!(element instanceof HTMLElement)) return false;
  return (
    element.isContentEditable ||
    ['INPUT', 'TEXTAREA', 'SELECT'].includes(element.tagName) ||
    element.closest('dialog') !== null
  );
}
