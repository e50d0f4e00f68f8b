/** The text of the check room: lines with their verdict beside them, and what slipped underlined. */

import { defaultKeymap } from "@codemirror/commands";
import { EditorState, RangeSet, StateEffect, StateField, type Extension, type Range } from "@codemirror/state";
import { Decoration, EditorView, GutterMarker, drawSelection, gutter, keymap, lineNumbers, placeholder, type DecorationSet } from "@codemirror/view";
import type { Claim } from "./api";
import { text } from "./texts";


class Sign extends GutterMarker {
  constructor(private verdict: string) {
    super();
  }

  override eq(other: Sign): boolean {
    return other.verdict === this.verdict;
  }

  override toDOM(): Node {
    const sign = document.createElement("span");
    sign.textContent = text.sign[this.verdict] ?? "";
    sign.title = text.verdict[this.verdict] ?? this.verdict;
    sign.className = `sign ${this.verdict}`;
    return sign;
  }
}

const told = StateEffect.define<Claim[]>();
const slip = Decoration.mark({ class: "slip" });

interface Told { signs: RangeSet<GutterMarker>; slips: DecorationSet }

const verdicts = StateField.define<Told>({
  create: () => ({ signs: RangeSet.empty, slips: Decoration.none }),
  update(value, change) {
    for (const effect of change.effects) if (effect.is(told)) return drawn(effect.value, change.state);
    if (!change.docChanged) return value;
    return { signs: value.signs.map(change.changes), slips: value.slips.map(change.changes) };
  },
  provide: (field) => EditorView.decorations.from(field, (value) => value.slips),
});

/** Columns count code points, positions of the editor UTF-16. */
export function position(state: EditorState, line: number, column: number): number {
  const found = state.doc.line(Math.min(Math.max(line, 1), state.doc.lines));
  const before = [...found.text].slice(0, Math.max(column - 1, 0)).join("").length;
  return found.from + Math.min(before, found.length);
}

const WORST = ["wrong", "unread", "undetermined", "follows", "right_up_to", "right", "definition"];

function drawn(claims: Claim[], state: EditorState): Told {
  const worst = new Map<number, string>();
  const slips: Range<Decoration>[] = [];
  for (const claim of claims) {
    if (claim.line > state.doc.lines) continue;
    const known = worst.get(claim.line);
    if (known === undefined || WORST.indexOf(claim.verdict) < WORST.indexOf(known)) worst.set(claim.line, claim.verdict);
    for (const mark of claim.marks) {
      const from = position(state, mark.line, mark.column);
      const to = position(state, mark.end_line, mark.end_column);
      if (to > from) slips.push(slip.range(from, to));
    }
  }
  const signs = [...worst].map(([line, verdict]) => new Sign(verdict).range(state.doc.line(line).from));
  return { signs: RangeSet.of(signs, true), slips: RangeSet.of(slips, true) };
}

const look = EditorView.theme({
  "&": { height: "100%", fontSize: "0.95rem", backgroundColor: "var(--field)", color: "var(--ink)" },
  "&.cm-focused": { outline: "3px solid var(--info)" },
  ".cm-scroller": { fontFamily: 'ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", monospace', lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--ink)", padding: "0.6rem 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--card)", color: "var(--soft)", border: "none" },
  ".cm-placeholder": { color: "var(--soft)" },
  "& .cm-selectionBackground, &.cm-focused .cm-selectionBackground": { backgroundColor: "var(--chosen) !important" },
  ".cm-verdicts": { width: "1.7rem" },
  ".sign": { display: "block", textAlign: "center", fontWeight: "bold" },
  ".sign.right, .sign.right_up_to": { color: "var(--right)" },
  ".sign.wrong": { color: "var(--wrong)" },
  ".sign.definition": { color: "var(--info)" },
  ".sign.undetermined, .sign.follows": { color: "var(--maybe)" },
  ".sign.unread": { color: "var(--unread)" },
  ".slip": { textDecoration: "underline wavy var(--wrong) 2px", textUnderlineOffset: "4px", backgroundColor: "var(--wrong-ground)" },
});

export interface Editor {
  show(text: string): void;
  tell(claims: Claim[]): void;
  go(line: number, column: number): void;
  destroy(): void;
}

/** An editor in an element, in a shadow root: there its styles need no inline style elements. */
export function makeEditor(parent: HTMLElement, begin: string, changed: (text: string) => void, at: (line: number) => void): Editor {
  const root = parent.attachShadow({ mode: "open" });
  const extensions: Extension = [
    lineNumbers(),
    gutter({ class: "cm-verdicts", markers: (view) => view.state.field(verdicts).signs, initialSpacer: () => new Sign("right") }),
    verdicts,
    drawSelection(),
    EditorView.lineWrapping,
    keymap.of(defaultKeymap),
    placeholder(text.nothingYet),
    EditorView.contentAttributes.of({ "aria-label": text.document, tabindex: "0", spellcheck: "false", autocapitalize: "off" }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) changed(update.state.doc.toString());
      if (update.selectionSet) at(update.state.doc.lineAt(update.state.selection.main.head).number);
    }),
    look,
  ];
  const view = new EditorView({ state: EditorState.create({ doc: begin, extensions }), parent: root, root });
  return {
    show(wanted) {
      const now = view.state.doc.toString();
      if (now === wanted) return;
      let start = 0;
      while (start < Math.min(now.length, wanted.length) && now[start] === wanted[start]) start++;
      let end = 0;
      while (end < Math.min(now.length, wanted.length) - start && now.at(-1 - end) === wanted.at(-1 - end)) end++;
      view.dispatch({ changes: { from: start, to: now.length - end, insert: wanted.slice(start, wanted.length - end) } });
    },
    tell(claims) {
      view.dispatch({ effects: told.of(claims) });
    },
    go(line, column) {
      const place = position(view.state, line, column);
      view.dispatch({ selection: { anchor: place }, effects: EditorView.scrollIntoView(place, { y: "center" }) });
      view.focus();
    },
    destroy: () => view.destroy(),
  };
}
