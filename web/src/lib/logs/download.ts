import type { LogEntry } from '#lib/gen/composia/v1/container_log_pb.ts';
import { faultOf } from '#lib/rpc/fault.ts';
import type { Query, Read } from './question.ts';
import { lineText } from './shown.ts';
import { exact } from './times.ts';

export type Format = 'text' | 'json';

/** How far it is. */
export interface Progress {
  lines: number;
  bytes: number;
}

/** So much is gathered before it is given to the browser, which keeps it on the disk when it is much. */
const PART_BYTES = 4 * 1024 * 1024;
const TRIES = 8;
const WAIT_MS = 1000;

/** Read all lines of a query into a file; when the server goes away meanwhile it goes on behind the last page. */
export async function gathered(
  query: Query,
  read: Read,
  write: (entry: LogEntry) => string,
  signal: AbortSignal,
  onprogress: (progress: Progress) => void,
  wait = WAIT_MS
): Promise<Blob> {
  const parts: Blob[] = [];
  const progress = { lines: 0, bytes: 0 };
  let cursor = '';
  let texts: string[] = [];
  let size = 0;
  for (let tries = 0; ; tries += 1) {
    try {
      for await (const page of read({ ...query, follow: false, cursor }, signal)) {
        tries = 0;
        for (const entry of page.entries) {
          const text = write(entry);
          if (!text) continue;
          texts.push(text);
          size += text.length;
          progress.lines += 1;
        }
        cursor = page.cursor || cursor;
        if (size >= PART_BYTES) {
          parts.push(new Blob(texts));
          progress.bytes += size;
          [texts, size] = [[], 0];
        }
        onprogress({ lines: progress.lines, bytes: progress.bytes + size });
      }
      return new Blob([...parts, ...texts], { type: 'text/plain' });
    } catch (thrown) {
      if (signal.aborted || !cursor || tries >= TRIES || faultOf(thrown).code !== 'unreachable') throw thrown;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

/** What writes a line of a file; lines that are hidden are written as nothing. */
export function writer(format: Format, hides: ((line: string) => boolean) | undefined): (entry: LogEntry) => string {
  return (entry) => {
    if (hides?.(lineText(entry.data))) return '';
    return format === 'json' ? asJson(entry) : asText(entry);
  };
}

function asText(entry: LogEntry): string {
  const { service = '', container = '' } = entry.source ?? {};
  return `${exact(entry.atNs)} ${service}/${container}@${entry.node} ${lineText(entry.data)}\n`;
}

/** As `composia logs -o json` has it: `base64` has the bytes of what is no UTF-8. */
function asJson(entry: LogEntry): string {
  const { service = '', container = '', name = '' } = entry.source ?? {};
  const text = strict(entry.data);
  const object = {
    time: exact(entry.atNs),
    node: entry.node,
    service,
    container,
    name,
    stream: entry.stderr ? 'stderr' : 'stdout',
    text: text ?? new TextDecoder().decode(entry.data),
    base64: text === undefined ? btoa(Array.from(entry.data, (byte) => String.fromCharCode(byte)).join('')) : null,
    partial: entry.partial
  };
  return `${JSON.stringify(object)}\n`;
}

function strict(data: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    return undefined;
  }
}
