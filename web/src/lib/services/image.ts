import { short } from '#lib/format/name.ts';

/** A reference of an image in parts: where it is from, which may be cut first, its name, and its tag or digest in short. */
export function imageParts(reference: string): { from: string; name: string; tag: string } {
  const [tagged = '', digest] = reference.split('@');
  const colon = tagged.lastIndexOf(':');
  const isTag = colon > tagged.lastIndexOf('/');
  const tag = isTag ? tagged.slice(colon) : '';
  const path = isTag ? tagged.slice(0, colon) : tagged;
  const slash = path.lastIndexOf('/') + 1;
  return { from: path.slice(0, slash), name: path.slice(slash), tag: tag || (digest ? `@${short(digest)}` : '') };
}
