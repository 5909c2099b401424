// Typesets formulas for katex.py: one JSON request a line on standard input, one JSON answer a line on standard output.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const katex = createRequire(process.argv[2] + "/")("katex");

function typeset(tex, display) {
  try {
    return { html: katex.renderToString(tex, { displayMode: display, strict: "error", output: "htmlAndMathml" }) };
  } catch (error) {
    return { error: error.message };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { tex, display, formulas } = JSON.parse(line);
  const answer = formulas ? { accepted: formulas.map((each) => "html" in typeset(each, true)) } : typeset(tex, display);
  process.stdout.write(JSON.stringify(answer) + "\n");
}
