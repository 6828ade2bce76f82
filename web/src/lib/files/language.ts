import { yaml } from '@codemirror/lang-yaml';
import { HighlightStyle, StreamLanguage, syntaxHighlighting, type StringStream } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { tags } from '@lezer/highlight';

/** How the parts of a file are coloured, by the page's own colours. */
const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName), tags.keyword], color: 'var(--color-busy)' },
  { tag: [tags.string, tags.special(tags.string), tags.attributeValue], color: 'var(--color-ok)' },
  { tag: [tags.number, tags.bool, tags.atom, tags.labelName, tags.typeName], color: 'var(--color-warn)' },
  { tag: [tags.comment, tags.meta], color: 'var(--color-quiet)', fontStyle: 'italic' },
  { tag: [tags.punctuation, tags.separator, tags.operator], color: 'var(--color-quiet)' }
]);

/** Settings line by line, as in .env, .ini, .toml and shell scripts: comments, names before a sign, and strings. */
const settings = StreamLanguage.define({
  name: 'settings',
  token(stream: StringStream): string | null {
    if (stream.sol() && stream.match(/^\s*(export\s+)?[\w.-]+(?=\s*[=:])/)) return 'propertyName';
    if (stream.sol() && stream.match(/^\s*\[[^\]]*\]/)) return 'keyword';
    if ((stream.sol() || /\s/.test(stream.string[stream.pos - 1] ?? '')) && stream.match(/^[#;].*/)) return 'comment';
    if (stream.match(/^"(?:[^"\\]|\\.)*"/) || stream.match(/^'[^']*'/)) return 'string';
    stream.next();
    return null;
  }
});

/** How a file is read, by its name. */
export function languageOf(path: string): Extension {
  const name = path.split('/').at(-1) ?? path;
  const colour = syntaxHighlighting(colours);
  if (/\.(ya?ml|json)$/i.test(name)) return [yaml(), colour];
  if (/(^|\.)env(\.|$)|\.(ini|conf|cfg|toml|properties|service|sh)$/i.test(name)) return [settings, colour];
  return /^(Dockerfile|Caddyfile|Makefile|\.\w+ignore)/.test(name) ? [settings, colour] : [];
}
