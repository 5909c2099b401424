// Typesets formulas for katex.py: one JSON request a line on standard input, one JSON answer a line on standard output.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const katex = createRequire(process.argv[2] + "/")("katex");

const options = (display) => ({ displayMode: display, strict: "error", output: "htmlAndMathml" });

function typeset(tex, display) {
  try {
    return { html: katex.renderToString(tex, options(display)) };
  } catch (error) {
    return { error: error.message };
  }
}

// The same without its text, which takes half of the time.
function accepted(tex) {
  try {
    katex.__renderToDomTree(tex, options(true));
    return true;
  } catch {
    return false;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { tex, display, formulas } = JSON.parse(line);
  const answer = formulas ? { accepted: formulas.map(accepted) } : typeset(tex, display);
  process.stdout.write(JSON.stringify(answer) + "\n");
}
