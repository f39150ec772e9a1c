import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { ScopeText } from '../address/address.ts';
import { Icon } from '../parts/icon.tsx';
import { later } from '../parts/later.tsx';
import { useApp } from '../state/app.ts';

const CopySeveral = later(async () => (await import('../config/rest-of-config.ts')).CopySeveral);

/** The way to copy several configs of a scope, for those who may write anywhere. */
export function CopyButton({ scope }: { readonly scope: ScopeText }): JSX.Element | null {
  const { canAnywhere, does } = useApp();
  const isOpen = useSignal(false);
  const open = (next: boolean) => () => {
    isOpen.value = next;
  };
  if (!canAnywhere('edit') || !does('configs.bulk')) return null;
  return (
    <>
      <button type="button" class="link-button" onClick={open(true)}>
        <Icon name="copy" /> Copy to…
      </button>
      {isOpen.value && <CopySeveral scope={scope} close={open(false)} />}
    </>
  );
}
