import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Icon } from './icon.tsx';

interface DialogProps {
  readonly title: string;
  readonly wide?: boolean;
  readonly close: () => void;
  readonly children: ComponentChildren;
}

/** The browser's own dialog: it holds the focus, and Esc closes it. */
export function Dialog({ title, wide, close, children }: DialogProps): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    element.current?.showModal();
  }, []);
  return (
    <dialog
      ref={element}
      class={wide ? 'dialog dialog-wide' : 'dialog'}
      aria-labelledby={id}
      onCancel={event => {
        event.preventDefault();
        close();
      }}
    >
      <header class="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="quiet-button" onClick={close}>
          <Icon name="close" /> <span class="sr">Close</span>
        </button>
      </header>
      {children}
    </dialog>
  );
}

interface ConfirmProps {
  readonly title: string;
  readonly text: ComponentChildren;
  readonly action: string;
  /** `reason`: asks for one, which may stay empty; `must`: which may not. */
  readonly reason?: 'may' | 'must';
  readonly dangerous?: boolean;
  /** Whoever acts closes it. */
  readonly staysOpen?: boolean;
  readonly close: () => void;
  readonly act: (reason: string | undefined) => void;
}

/** Says what would happen, and asks. */
export function Confirm({ title, text, action, reason, dangerous, staysOpen, close, act }: ConfirmProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const submit = (event: Event): void => {
    event.preventDefault();
    const said = input.current?.value.trim() || undefined;
    if (staysOpen !== true) close();
    act(said);
  };
  return (
    <Dialog title={title} close={close}>
      <form class="dialog-body" onSubmit={submit}>
        <div>{text}</div>
        {reason !== undefined && (
          <label class="field">
            <span>Reason{reason === 'may' && ' (optional)'}</span>
            <input ref={input} type="text" maxLength={1000} required={reason === 'must'} autocomplete="off" />
          </label>
        )}
        <footer class="actions">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class={dangerous ? 'danger' : 'primary'}>
            {action}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
