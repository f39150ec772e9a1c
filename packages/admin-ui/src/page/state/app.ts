import type { ReadonlySignal, Signal } from '@preact/signals';
import type { RouteId } from '@tenantry/admin-api';
import type { Principal, Rights, Target, Verb } from '@tenantry/admin-api/rights';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Api } from '../api/api.ts';
import type { AnswerOf } from '../api/request.ts';
import type { LiveMode } from '../live/live-message.ts';
import type { Answers } from './answers.ts';
import type { Drafts } from './drafts.ts';
import type { Notices } from './notices.ts';

export type Me = AnswerOf<'me.get'>;

/** What every part of the page can reach. */
export interface App {
  /** What stands before every address of the page: `/` or `/admin/`. */
  readonly base: string;
  readonly api: Api;
  readonly answers: Answers;
  readonly drafts: Drafts;
  readonly notices: Notices;
  readonly me: Signal<Me | undefined>;
  readonly principal: ReadonlySignal<Principal | undefined>;
  readonly rights: ReadonlySignal<Rights>;
  /** The same question that the server asks itself before it does something. */
  can(verb: Verb, target: Target, config?: string): boolean;
  canAnywhere(verb: Verb, config?: string): boolean;
  /** Whether the server does such a thing at all now, whoever asks. */
  does(what: RouteId | 'expiresAt' | 'secrets'): boolean;
  /** Follows these scopes and no others. */
  follow(scopes: readonly string[]): void;
  /** How the scopes that are followed arrive; undefined where none is. */
  readonly liveMode: ReadonlySignal<LiveMode | undefined>;
  /** When what is shown was last known to be the truth. ms since 1970. */
  readonly theme: Signal<'auto' | 'light' | 'dark'>;
}

/** A question and what it takes, for hooks. */
export type Question<Id extends RouteId> = readonly [id: Id, names?: Readonly<Record<string, string>>];

export const AppContext = createContext<App | undefined>(undefined);

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === undefined) throw new Error('There is no app around this component.');
  return app;
}
