import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { StateField, type EditorState, type Extension, type Text } from '@codemirror/state';
import { Decoration, EditorView, WidgetType, type DecorationSet } from '@codemirror/view';
import { Severity, type Problem } from '#lib/gen/composia/v1/problem_pb.ts';

/** Says below a line what is wrong in it, and what would be right. */
class Said extends WidgetType {
  readonly #problem: Problem;

  constructor(problem: Problem) {
    super();
    this.#problem = problem;
  }

  override eq(other: Said): boolean {
    return other.#problem === this.#problem;
  }

  toDOM(): HTMLElement {
    const { severity, message, hint } = this.#problem;
    const box = document.createElement('div');
    const word = severity === Severity.ERROR ? 'error' : 'warning';
    box.className = `cm-said-box cm-said-${word}`;
    box.append(line('cm-said-what', `${word}: ${message}`));
    if (hint) box.append(line('cm-said-hint', hint));
    // an outer margin would shift the numbers of the lines below, so there is a frame with room in it
    const frame = document.createElement('div');
    frame.className = 'cm-said';
    frame.append(box);
    return frame;
  }
}

function line(name: string, text: string): HTMLElement {
  const element = document.createElement('div');
  element.className = name;
  element.textContent = text;
  return element;
}

/** Marks at the lines of problems, each with what is said about it. */
export function problemMarks(problems: readonly Problem[]): Extension {
  const said = StateField.define<DecorationSet>({
    create: (state) => Decoration.set(widgets(state.doc, problems), true),
    update: (set, change) => set.map(change.changes),
    provide: (field) => EditorView.decorations.from(field)
  });
  return problems.length ? [lintGutter(), said] : [];
}

/** What the linter is told of problems, for the marks in the gutter and under the words. */
export function diagnosed(state: EditorState, problems: readonly Problem[]) {
  return setDiagnostics(
    state,
    problems.flatMap((problem) => diagnostic(state.doc, problem))
  );
}

function widgets(text: Text, problems: readonly Problem[]) {
  return problems
    .filter((problem) => problem.line >= 1 && problem.line <= text.lines)
    .map((problem) =>
      Decoration.widget({ widget: new Said(problem), side: 1, block: true }).range(text.line(problem.line).to)
    );
}

function diagnostic(text: Text, problem: Problem): Diagnostic[] {
  if (problem.line < 1 || problem.line > text.lines) return [];
  const { from, to } = text.line(problem.line);
  const begin = problem.column ? Math.min(from + problem.column - 1, to) : from + indent(text.line(problem.line).text);
  const found = problem.value && text.sliceString(begin, begin + problem.value.length) === problem.value;
  return [
    {
      from: begin,
      to: found ? begin + problem.value.length : Math.max(begin, to),
      severity: problem.severity === Severity.ERROR ? 'error' : 'warning',
      message: problem.hint ? `${problem.message}\n${problem.hint}` : problem.message
    }
  ];
}

function indent(text: string): number {
  return text.length - text.trimStart().length;
}
