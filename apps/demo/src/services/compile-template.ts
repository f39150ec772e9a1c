import Mustache from 'mustache';

/** Renders with these values; what is in them is escaped. */
export type Template = (view: Readonly<Record<string, unknown>>) => string;

/** Throws where a section is not closed or a tag not ended. */
export function compileTemplate(html: string): Template {
  // With a cache of its own, which goes when it goes.
  const writer = new Mustache.Writer();
  writer.parse(html);
  return view => writer.render(html, view);
}
