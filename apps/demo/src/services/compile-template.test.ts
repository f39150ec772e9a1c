import { expect, it } from 'vitest';
import { compileTemplate } from './compile-template.ts';

it('renders values as text, not as HTML', () => {
  expect(compileTemplate('<p>Dear {{name}}</p>')({ name: '<Ann> & Bob' })).toBe('<p>Dear &lt;Ann&gt; &amp; Bob</p>');
});

it.each(['<p>{{#open}}</p>', '<p>{{name</p>', '{{/never}}'])('refuses a template that is broken: %s', html => {
  expect(() => compileTemplate(html)).toThrow();
});
