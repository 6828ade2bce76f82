import { foldGutter } from '@codemirror/language';
import { search, searchKeymap } from '@codemirror/search';
import { EditorState, StateEffect, StateField, type Text } from '@codemirror/state';
import {
  Decoration,
  EditorView,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  type DecorationSet
} from '@codemirror/view';
import type { Problem } from '#lib/gen/composia/v1/problem_pb.ts';
import { languageOf } from './language.ts';
import { diagnosed, problemMarks } from './marks.ts';

/** A file to show. */
export interface Code {
  path: string;
  text: string;
  problems: readonly Problem[];
  /** The marked line, from 1; 0 is none. */
  line: number;
}

const mark = StateEffect.define<number>();

const marked = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(set, change) {
    for (const effect of change.effects) if (effect.is(mark)) return lineMark(change.newDoc, effect.value);
    return set.map(change.changes);
  },
  provide: (field) => EditorView.decorations.from(field)
});

function lineMark(text: Text, line: number): DecorationSet {
  if (line < 1 || line > text.lines) return Decoration.none;
  return Decoration.set(Decoration.line({ class: 'cm-marked' }).range(text.line(line).from));
}

const look = EditorView.theme({
  '&': {
    height: '100%',
    containerType: 'inline-size',
    fontSize: '12.5px',
    backgroundColor: 'transparent',
    color: 'var(--color-ink)'
  },
  '&.cm-focused': { outline: '2px solid var(--color-accent)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '20px', overflow: 'auto' },
  '.cm-content': { padding: '6px 0 24px' },
  '.cm-line': { paddingRight: '16px' },
  '.cm-gutters': { backgroundColor: 'var(--color-panel)', color: 'var(--color-quiet)', border: 'none' },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '38px', padding: '0 4px 0 10px', cursor: 'pointer' },
  '.cm-foldGutter .cm-gutterElement': { color: 'var(--color-quiet)' },
  '.cm-foldPlaceholder': { backgroundColor: 'var(--color-raised)', border: 'none', color: 'var(--color-quiet)' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    backgroundColor: 'light-dark(#d9d6ff, #3d3891)'
  },
  '.cm-marked': { backgroundColor: 'color-mix(in srgb, var(--color-accent) 16%, transparent)' },
  '.cm-said': { padding: '2px 16px 6px 6px' },
  '.cm-said-box': {
    fontFamily: 'var(--font-sans)',
    fontSize: '12.5px',
    borderLeft: '3px solid currentColor',
    padding: '3px 10px',
    boxSizing: 'border-box',
    // as wide as what is seen, however long the lines are
    maxWidth: 'min(100ch, calc(100cqi - 84px))',
    overflowWrap: 'anywhere',
    whiteSpace: 'pre-wrap'
  },
  '.cm-said-error': {
    color: 'var(--color-bad)',
    backgroundColor: 'color-mix(in srgb, var(--color-bad) 8%, transparent)'
  },
  '.cm-said-warning': {
    color: 'var(--color-warn)',
    backgroundColor: 'color-mix(in srgb, var(--color-warn) 8%, transparent)'
  },
  '.cm-said-what': { fontWeight: '500' },
  '.cm-said-hint': { color: 'var(--color-ink)' },
  '.cm-panels, .cm-tooltip': {
    backgroundColor: 'var(--color-panel)',
    color: 'var(--color-ink)',
    border: '1px solid var(--color-line)'
  },
  '.cm-panel.cm-search input, .cm-panel.cm-search button': {
    backgroundColor: 'var(--color-canvas)',
    backgroundImage: 'none',
    color: 'var(--color-ink)',
    border: '1px solid var(--color-edge)',
    borderRadius: '4px'
  },
  '.cm-searchMatch': { backgroundColor: 'color-mix(in srgb, var(--color-warn) 30%, transparent)' },
  '.cm-searchMatch-selected': { backgroundColor: 'color-mix(in srgb, var(--color-warn) 55%, transparent)' },
  '.cm-diagnostic': { whiteSpace: 'pre-wrap' }
});

/**
 * Shows files in an element, read only. Its styles are in a shadow root, where the page's content security policy lets them
 * be; `onLine` hears of the number of a line that was pressed.
 */
export class CodeView {
  readonly #view: EditorView;
  readonly #onLine: (line: number) => void;
  /** The line whose number was pressed last; it is in view. */
  #pressed = 0;

  constructor(host: HTMLElement, onLine: (line: number) => void) {
    const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
    this.#onLine = onLine;
    this.#view = new EditorView({ parent: root, root });
  }

  /** Show a file from its beginning, or from its marked line on. */
  show(code: Code): void {
    this.#view.setState(this.#state(code));
    if (code.problems.length) this.#view.dispatch(diagnosed(this.#view.state, code.problems));
    this.mark(code.line);
  }

  /** Mark a line and bring it into view, where it was not pressed there; 0 takes the mark away. */
  mark(line: number): void {
    const text = this.#view.state.doc;
    const seek = line >= 1 && line <= text.lines && line !== this.#pressed;
    const scroll = seek ? [EditorView.scrollIntoView(text.line(line).from, { y: 'center' })] : [];
    this.#pressed = 0;
    this.#view.dispatch({ effects: [mark.of(line), ...scroll] });
  }

  destroy(): void {
    this.#view.destroy();
  }

  #state(code: Code): EditorState {
    const click = (view: EditorView, block: { from: number }) => {
      this.#pressed = view.state.doc.lineAt(block.from).number;
      this.#onLine(this.#pressed);
      return true;
    };
    return EditorState.create({
      // the newline at the end begins no further line
      doc: code.text.replace(/\r?\n$/, ''),
      extensions: [
        lineNumbers({ domEventHandlers: { click } }),
        foldGutter(),
        highlightSpecialChars(),
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        EditorView.contentAttributes.of({ tabindex: '0', 'aria-label': code.path, 'aria-readonly': 'true' }),
        search({ top: true }),
        keymap.of(searchKeymap),
        languageOf(code.path),
        problemMarks(code.problems),
        marked,
        look
      ]
    });
  }
}
