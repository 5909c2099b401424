// The editor of a snippet: CodeMirror with Python's colors, bundled by dlref/site/runtime.py. The Tab key leaves it, as it leaves every field.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { HighlightStyle, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// The theme's own colors of code, light and dark.
const color = (name) => ({ color: `var(--md-code-hl-${name}-color)` });
const colors = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], ...color("keyword") },
  { tag: [tags.string, tags.special(tags.string)], ...color("string") },
  { tag: [tags.number, tags.bool, tags.null], ...color("number") },
  { tag: tags.comment, ...color("comment") },
  { tag: [tags.operator, tags.derefOperator], ...color("operator") },
  { tag: tags.punctuation, ...color("punctuation") },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], ...color("function") },
]);

// The line at which an error arose, until the text changes.
const mark = StateEffect.define();
const marked = StateField.define({
  create: () => Decoration.none,
  update(value, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(mark)) return effect.value ? Decoration.set(Decoration.line({ class: "dl-editor__line" }).range(effect.value)) : Decoration.none;
    }
    return transaction.docChanged ? Decoration.none : value;
  },
  provide: (field) => EditorView.decorations.from(field),
});

export function edit(parent, doc, label, changed) {
  const view = new EditorView({
    parent,
    doc,
    extensions: [
      lineNumbers(), history(), bracketMatching(), indentOnInput(), indentUnit.of("    "), python(), syntaxHighlighting(colors), marked,
      keymap.of([...defaultKeymap, ...historyKeymap]),
      EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false" }),
      EditorView.updateListener.of((update) => { if (update.docChanged) changed(); }),
    ],
  });
  return {
    get text() { return view.state.doc.toString(); },
    set text(text) { view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }); },
    mark(line) {
      const found = line > 0 && line <= view.state.doc.lines ? view.state.doc.line(line) : null;
      view.dispatch({ effects: mark.of(found ? found.from : null) });
    },
  };
}
