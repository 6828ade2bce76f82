import { short } from '#lib/format/name.ts';

/** A reference of an image in two parts, of which the second has to stay readable: its tag, or its digest in short. */
export function imageParts(reference: string): { name: string; tag: string } {
  const [tagged = '', digest] = reference.split('@');
  const colon = tagged.lastIndexOf(':');
  const isTag = colon > tagged.lastIndexOf('/');
  const tag = isTag ? tagged.slice(colon) : '';
  return { name: isTag ? tagged.slice(0, colon) : tagged, tag: tag || (digest ? `@${short(digest)}` : '') };
}
