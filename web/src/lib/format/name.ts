/** A revision, digest or container id as people say it; the whole of it belongs into the title. */
export function short(id: string): string {
  const hex = id.startsWith('sha256:') ? id.slice(7) : id;
  return /^[0-9a-f]{12,}$/.test(hex) ? hex.slice(0, 8) : hex;
}

/** The first line of a commit's message. */
export function headline(message: string): string {
  return message.split('\n', 1)[0] ?? '';
}

/** The word of a member of an enum of the wire: `INSTANCE_STATE_RUNNING` after `INSTANCE_STATE` is `running`. */
export function word(member: string): string {
  return member.toLowerCase().replaceAll('_', ' ');
}

/** The name in what Git says of an author, without the mail address. */
export function authorName(author: string): string {
  return author.replace(/\s*<[^>]*>\s*$/, '') || author;
}

// made once: to make one takes longer than to compare, and lists of a thousand are sorted at each event
const collator = new Intl.Collator('en', { numeric: true });

/** Sort by name as people do (web-2 before web-10). */
export function byName(a: string, b: string): number {
  return collator.compare(a, b);
}
