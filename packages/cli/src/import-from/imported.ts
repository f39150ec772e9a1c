/** One value that another system has, as this one takes it. */
export interface ImportedEntry {
  /** `global`, `groups/<name>` or `tenants/<id>`. */
  readonly scope: string;
  readonly config: string;
  readonly json: string;
  /** The file says parts of the value and nothing of its rest, which stays. */
  readonly isPart: boolean;
  /** Where it is said, for people: `.env:3 SMTP__HOST`. */
  readonly places: readonly string[];
}

/** Something that the file says and this system does not take over. */
export interface ImportNote {
  /** What it is called there. */
  readonly name: string;
  /** Why, and what would be lost. Never a value. */
  readonly message: string;
}

/** What a file of another system becomes. */
export interface Imported {
  readonly entries: readonly ImportedEntry[];
  /** What was left out without having been asked for. */
  readonly notes: readonly ImportNote[];
}

/** A text of another system, and how it is to be read. */
export interface ImportSource {
  readonly text: string;
  /** Its name, without folders: Apollo says there what it is. */
  readonly file: string;
  /** Which environment of several. */
  readonly environment?: string | undefined;
  /** Names begin with it, and lose it. */
  readonly prefix?: string | undefined;
  /** In which scope values stand that are for everybody. Default `global`. */
  readonly scope?: string | undefined;
  /** What conditions call a tenant: rules that ask for nothing else become values of tenants. Default: none are. */
  readonly tenantField?: string | undefined;
}
