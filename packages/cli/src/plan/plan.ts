/** One config that a scope would have otherwise. */
export interface PlannedChange {
  readonly config: string;
  readonly op: 'set' | 'unset';
  /** The version that stands; 0: nothing was ever set. The change is made to that one and to no other. */
  readonly ifVersion: number;
  /** What it would be: JSON text. Of a secret: with the references that its file has. */
  readonly json?: string | undefined;
  /** What it is. Of a secret: masked. */
  readonly beforeJson?: string | undefined;
  /** When what stands would end, in ms since 1970: what is set in its place never does. Undefined: it has no end. */
  readonly endsAt?: number | undefined;
  readonly isSecret: boolean;
  /** In Redis alone (`persistence: 'none'`): it cannot be in one transaction with the others. */
  readonly isAlone: boolean;
  /** What its version will be known by as this loader's; undefined: of another system's file, and not of a loader. */
  readonly origin?: string | undefined;
  /** Where it is said, for people. */
  readonly place: string;
  /** Of a secret: where each of its references is said, by its JSON Pointer. */
  readonly references?: Readonly<Record<string, string>> | undefined;
}

/** The groups that a scope would be in. */
export interface PlannedGroups {
  readonly before: readonly string[] | undefined;
  readonly groups: readonly string[];
  /** The version that stands; 0: it never was there. */
  readonly ifVersion: number;
  readonly origin?: string | undefined;
  readonly place: string;
}

/** What would change in one scope. */
export interface PlannedScope {
  readonly scope: string;
  readonly groups?: PlannedGroups | undefined;
  readonly changes: readonly PlannedChange[];
}

/** Something that cannot be planned. The others can. */
export interface PlanProblem {
  readonly place: string;
  readonly code: string;
  readonly message: string;
}

/** A field that no schema names: it may be misspelt. Its value is planned all the same. */
export type PlanWarning = Omit<PlanProblem, 'code'>;

/**
 * What is not as the files say, and stays: with `seed` (`kept`), with `report` where others have set it (`drift`), with `--prune` what no file says and
 * others have set (`unsaid`), and what a file says a part of and cannot be read, a secret (`part`).
 */
export interface LeftAlone {
  readonly scope: string;
  readonly config: string;
  readonly why: 'kept' | 'drift' | 'unsaid' | 'part';
  /** Who has set it, where that is known. */
  readonly by?: string | undefined;
}

/** How far the changes reach: the tenants whose values become others, as the server says. */
export interface BlastRadius {
  readonly tenants: number;
  /** False: there are more than are counted. */
  readonly complete: boolean;
  /** Some of them. */
  readonly examples: readonly string[];
}

/** What was asked of a plan. */
export interface PlanHow {
  readonly name: string;
  readonly policy: string;
  readonly secrets: string;
  readonly prune: boolean;
}

/** What would make an installation what files say, with the versions that were seen. */
export interface Plan {
  readonly format: 2;
  /** Of one that is kept in a file. Undefined: it is of an earlier release. */
  readonly how?: PlanHow | undefined;
  /** The installation that was looked at. */
  readonly url: string;
  readonly at: string;
  readonly from: string;
  readonly scopes: readonly PlannedScope[];
  /** How many configs are so already. */
  readonly same: number;
  /** Secrets that are set, and were not compared: `config of scope`. */
  readonly uncompared: readonly string[];
  readonly problems: readonly PlanProblem[];
  /** Undefined: the plan is of an earlier release. */
  readonly warnings?: readonly PlanWarning[] | undefined;
  readonly left: readonly LeftAlone[];
  /** How many values this loader has set, of the scopes that were looked at: the measure of `--max-prune`. */
  readonly owned: number;
  readonly reach: BlastRadius;
}

/** How many values would be taken away. */
export function deletionsOf({ scopes }: Pick<Plan, 'scopes'>): number {
  return scopes.reduce((sum, { changes }) => sum + changes.filter(({ op }) => op === 'unset').length, 0);
}

/** Whether something else stands than the files say, and it stays. */
export function hasDrift({ left }: Pick<Plan, 'left'>): boolean {
  return left.some(({ why }) => why === 'drift' || why === 'part');
}

/** How many configs and memberships would change. */
export function changesOf({ scopes }: Pick<Plan, 'scopes'>): number {
  return scopes.reduce((sum, { changes, groups }) => sum + changes.length + (groups ? 1 : 0), 0);
}
