import type { Tone } from '#lib/live/state.ts';
import type { Fault } from '#lib/rpc/fault.ts';

/** What became of something that was asked for. */
export interface Notice {
  id: number;
  tone: Tone;
  text: string;
  /** Further lines, such as what was left alone and why. */
  lines: readonly string[];
  /** Where to look on. */
  href: string;
}

const SHOWN_MS = 8000;

/** Short news at the foot of the page; one for each thing that a person did, however many it was about. */
class Notices {
  shown = $state.raw<readonly Notice[]>([]);
  #number = 0;

  /** Say something; what went wrong stays until it is closed. */
  say(tone: Tone, text: string, more: { lines?: readonly string[]; href?: string } = {}): void {
    const notice = { id: (this.#number += 1), tone, text, lines: more.lines ?? [], href: more.href ?? '' };
    this.shown = [...this.shown.slice(-2), notice];
    if (tone === 'ok' || tone === 'busy') setTimeout(() => this.close(notice.id), SHOWN_MS);
  }

  /** Say what went wrong. */
  fault(fault: Fault): void {
    this.say('bad', fault.where ? `${fault.where}: ${fault.message}` : fault.message, {
      lines: fault.hint ? [fault.hint] : []
    });
  }

  close(id: number): void {
    this.shown = this.shown.filter((notice) => notice.id !== id);
  }
}

export const notices = new Notices();
