import { FileKind } from '#lib/gen/composia/v1/repository_pb.ts';
import type { Problem } from '#lib/gen/composia/v1/problem_pb.ts';
import type { FileContent } from '#lib/gen/composia/v1/server_pb.ts';
import { bytes } from '#lib/format/quantity.ts';

/** A file as it can be shown: its text, or why there is none. */
export type Shown = { text: string } | { why: string };

const images = /\.(png|jpe?g|gif|webp|avif|ico|bmp)$/i;

/** The text of a file, or in words what it is instead. */
export function shown(content: FileContent): Shown {
  const { path, kind, data } = content;
  const text = decoded(data);
  if (kind === FileKind.LINK) return { why: `It is a link to ${text ?? 'a name that is no text'}.` };
  if (!data.length) return { why: 'It is empty.' };
  if (images.test(path)) return { why: `It is an image of ${bytes(data.length)}, which is not shown here.` };
  if (text === undefined) return { why: `It is no text, but ${bytes(data.length)} of something else.` };
  return { text };
}

/** All that problems say of a file, in one text: the same for the same ones, in whatever answer they came. */
export function saidOf(problems: readonly Problem[]): string {
  return JSON.stringify(
    problems.map(({ severity, line, column, value, message, hint }) => [severity, line, column, value, message, hint])
  );
}

/** The text that bytes are; undefined when they are none. */
function decoded(data: Uint8Array): string | undefined {
  if (data.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data);
  } catch {
    return undefined;
  }
}
