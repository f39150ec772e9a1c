/** What an argument or the value of an option names, for completion. */
export type Names = 'scope' | 'config' | 'tenant' | 'group' | 'profile' | 'command' | 'code' | 'file';

/** One argument. `T` is what a command gets of it. */
export interface Argument<T> {
  readonly kind: 'required' | 'optional' | 'many';
  readonly summary: string;
  readonly names?: Names | undefined;
  /** Never there: for the compiler alone. */
  readonly type?: T;
}

/** One option. */
export interface Option<T> {
  readonly kind: 'text' | 'texts' | 'whole' | 'flag';
  readonly summary: string;
  /** What stands for its value in the help: `WHY`. */
  readonly value?: string | undefined;
  /** One letter. */
  readonly short?: string | undefined;
  readonly choices?: readonly string[] | undefined;
  readonly names?: Names | undefined;
  /** Of a number: the smallest one and the largest one. */
  readonly range?: readonly [least: number, most: number] | undefined;
  /** An empty text is meant: any other is most often a variable that is not set. */
  readonly mayBeEmpty?: true | undefined;
  readonly type?: T;
}

type More<T> = Omit<Option<T>, 'kind' | 'summary' | 'type'>;

/** The arguments and options of a command, by their names; an option `ifVersion` is `--if-version`. */
export type Arguments = Readonly<Record<string, Argument<unknown>>>;
export type Options = Readonly<Record<string, Option<unknown>>>;

/** What a command gets of them. */
export type Given<Of extends Arguments | Options> = {
  readonly [Name in keyof Of]: Of[Name] extends { readonly type?: infer T } ? T : never;
};

export const required = (summary: string, names?: Names): Argument<string> => ({ kind: 'required', summary, names });
export const optional = (summary: string, names?: Names): Argument<string | undefined> => ({
  ...{ kind: 'optional', summary, names },
});
export const many = (summary: string, names?: Names): Argument<readonly string[]> => ({ kind: 'many', summary, names });

export const text = (summary: string, more: More<string> = {}): Option<string | undefined> => ({
  ...{ kind: 'text', summary, ...more },
});
/** May be given several times. */
export const texts = (summary: string, more: More<string> = {}): Option<readonly string[]> => ({
  ...{ kind: 'texts', summary, ...more },
});
/** A whole number from 0 on. */
export const whole = (summary: string, more: More<number> = {}): Option<number | undefined> => ({
  ...{ kind: 'whole', summary, ...more },
});
export const flag = (summary: string, more: Pick<More<boolean>, 'short'> = {}): Option<boolean> => ({
  ...{ kind: 'flag', summary, ...more },
});

/** Arguments and options that many commands have. */
export const SCOPE = required('global, groups/<name>, tenants/<id>, or a tenant’s id alone', 'scope');
export const CONFIG = required('the name of a config', 'config');
export const REASON = text('why, for the history and the audit log', { value: 'WHY', short: 'm', mayBeEmpty: true });
export const LIMIT = whole('at most so many', { value: 'N' });
