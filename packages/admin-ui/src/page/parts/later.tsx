import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { NotLoaded, Waiting } from './quiet.tsx';

/** Loads a page's code when it is first shown; `load` may be called before, when there is nothing else to do. */
export function later<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): ((props: Props) => JSX.Element) & { readonly load: () => Promise<unknown> } {
  let loading: Promise<ComponentType<Props>> | undefined;
  let loaded: ComponentType<Props> | undefined;
  const once = (): Promise<ComponentType<Props>> => {
    loading ??= load().then(
      page => {
        loaded = page;
        return page;
      },
      error => {
        // The next try asks the network again.
        loading = undefined;
        throw error;
      },
    );
    return loading;
  };
  const Later = (props: Props): JSX.Element => {
    const [state, setState] = useState<'failed' | 'loaded' | undefined>(loaded && 'loaded');
    useEffect(() => {
      if (state === undefined)
        once().then(
          () => setState('loaded'),
          () => setState('failed'),
        );
    }, [state]);
    const Page = loaded;
    if (Page !== undefined) return <Page {...props} />;
    if (state !== 'failed') return <Waiting />;
    return <NotLoaded retry={() => setState(undefined)} />;
  };
  return Object.assign(Later, { load: once });
}
