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
  /** How far it is, of what goes on: seen, and not read out each time that it changes. */
  progress: string;
}

const SHOWN_MS = 8000;
/** More at once are too many. */
const MOST = 3;

/** Short news at the foot of the page; one for each thing that a person did, however many it was about. */
class Notices {
  shown = $state.raw<readonly Notice[]>([]);
  /** So many pixels at the foot of the page belong to something else. */
  foot = $state(0);
  #number = 0;

  /** Say something; what went wrong, or goes on, stays until it is closed. By the returned number it is changed. */
  say(tone: Tone, text: string, more: Partial<Pick<Notice, 'lines' | 'href' | 'progress'>> = {}): number {
    const notice = { id: (this.#number += 1), tone, text, lines: [], href: '', progress: '', ...more };
    const over = this.shown.length < MOST ? undefined : (this.shown.find((one) => !one.progress) ?? this.shown[0]);
    this.shown = [...this.shown.filter((one) => one !== over), notice];
    if (!notice.progress && (tone === 'ok' || tone === 'busy')) setTimeout(() => this.close(notice.id), SHOWN_MS);
    return notice.id;
  }

  /** Say something else in a notice that is shown. */
  change(id: number, change: Partial<Omit<Notice, 'id'>>): void {
    this.shown = this.shown.map((notice) => (notice.id === id ? { ...notice, ...change } : notice));
  }

  /** Whether a notice is shown still. */
  has(id: number): boolean {
    return this.shown.some((notice) => notice.id === id);
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
