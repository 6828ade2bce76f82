import { Code, ConnectError } from '@connectrpc/connect';
import { ErrorInfoSchema } from '#lib/gen/composia/v1/error_pb.ts';

/** What went wrong, as a person is told it: what, where, and what would be right. */
export interface Fault {
  /** As in `ErrorInfo`, such as `not_found`; `unreachable` when no server answered. */
  code: string;
  message: string;
  where: string;
  hint: string;
  /** By which the text of an internal error is found in the server's log. */
  id: string;
}

const unreachable = 'the server cannot be reached';

/** The fault of whatever an RPC or a fetch has thrown. */
export function faultOf(thrown: unknown): Fault {
  const error = ConnectError.from(thrown);
  const [info] = error.findDetails(ErrorInfoSchema);
  if (info) return { code: info.code, message: error.rawMessage, where: info.where, hint: info.hint, id: info.id };
  if (error.code === Code.Unauthenticated) return fault('unauthenticated', error.rawMessage);
  if (error.code === Code.Unavailable || thrown instanceof TypeError || error.code === Code.Unknown) {
    return fault('unreachable', unreachable, 'is it running, and is this machine online?');
  }
  return fault(Code[error.code].toLowerCase(), error.rawMessage);
}

/** A fault with these words. */
export function fault(code: string, message: string, hint = ''): Fault {
  return { code, message, where: '', hint, id: '' };
}

/** What an answer that is no good one says is wrong, outside of RPCs. */
export async function faultIn(answer: Response): Promise<Fault> {
  const said: unknown = await answer.json().catch(() => undefined);
  const text = (name: string): string => {
    const value: unknown = typeof said === 'object' && said !== null ? Reflect.get(said, name) : undefined;
    return typeof value === 'string' ? value : '';
  };
  const message = text('message') || `the server answered with ${answer.status}`;
  return { code: text('code'), message, where: text('where'), hint: text('hint'), id: text('id') };
}

/** Whether the call was given up by the page itself. */
export function isAbort(thrown: unknown): boolean {
  return ConnectError.from(thrown).code === Code.Canceled;
}
