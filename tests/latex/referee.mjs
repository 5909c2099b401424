// What KaTeX makes of formulas, as tokens: a JSON list of texts on standard input, a JSON list of {tokens} or {error} on standard output.
// Written from KaTeX's parse tree alone, so that it can referee dlref.latex.reader.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const katex = createRequire(process.argv[2] + "/")("katex");

// One name for what is drawn as one sign.
const SAME = {
  "\\le": "\\leq", "\\leqslant": "\\leq", "\\ge": "\\geq", "\\geqslant": "\\geq", "≠": "\\neq", "∉": "\\notin", "\\to": "\\rightarrow", "\\gets": "\\leftarrow",
  "\\lVert": "\\|", "\\rVert": "\\|", "\\Vert": "\\|", "\\lvert": "|", "\\rvert": "|", "\\vert": "|", "\\ast": "*", "\\lbrace": "\\{", "\\rbrace": "\\}",
  "\\lbrack": "[", "\\rbrack": "]", "\\ldots": "\\dots", "\\@cdots": "\\cdots", "\\lt": "<", "\\gt": ">", "\\Longleftrightarrow": "\\iff", "\\ln": "\\log",
  "\\land": "\\wedge", "\\lor": "\\vee",
};
const sign = (text) => SAME[text] ?? text;

function list(nodes) {
  const found = nodes.flatMap(tokens);
  const joined = [];
  for (const token of found) {
    // The digits of a numeral stand side by side; a point belongs to it where digits follow.
    const last = joined[joined.length - 1];
    const before = joined[joined.length - 2];
    if (/^[0-9]$/.test(token) && last === "." && /^[0-9]+$/.test(before ?? "")) joined.splice(-2, 2, before + "." + token);
    else if (/^[0-9]$/.test(token) && /^[0-9]+(\.[0-9]+)?$/.test(last ?? "")) joined.splice(-1, 1, last + token);
    else joined.push(token);
  }
  return joined;
}

const group = (node) => ["{", ...list(node === null ? [] : [node]), "}"];
const letters = (nodes) => list(nodes).join("");
const words = (nodes) => nodes.map((node) => node.text ?? words(node.body)).join("").trim();

function rows(array, cell) {
  return array.body.flatMap((row, i) => [...(i ? ["\\\\"] : []), ...row.flatMap((node, j) => [...(j && cell ? [cell] : []), ...tokens(node)])]);
}

function environment(name, array, cell = "&") {
  return [`\\begin{${name}}`, ...rows(array, cell), `\\end{${name}}`];
}

function tokens(node) {
  switch (node.type) {
    case "mathord":
    case "textord":
    case "atom":
      return [sign(node.text)];
    case "op":
      return node.name ? [sign(node.name)] : list(node.body);
    case "ordgroup":
    case "styling":
    case "mclass":
    case "color":
      return list(node.body);
    case "htmlmathml":
      return list(node.mathml);
    case "spacing":
    case "kern":
    case "mathchoice":
      return [];
    case "supsub": {
      if (node.base?.type === "horizBrace") return tokens(node.base);
      const scripts = ["sub", "sup"].flatMap((kind) => (node[kind] ? [kind === "sub" ? "_" : "^", ...group(node[kind])] : []));
      return [...(node.base ? tokens(node.base) : []), ...scripts];
    }
    case "horizBrace":
      return tokens(node.base);
    case "genfrac":
      if (!node.hasBarLine || node.leftDelim) throw new Error("a fraction of another kind");
      return ["\\frac", ...group(node.numer), ...group(node.denom)];
    case "sqrt":
      if (node.index) throw new Error("a root of another order");
      return ["\\sqrt", ...group(node.body)];
    case "accent": {
      const base = list([node.base]);
      return base.length === 1 ? [`${node.label}{${base[0]}}`] : [node.label, "{", ...base, "}"];
    }
    case "font":
      return [`\\${node.font}{${letters([node.body])}}`];
    case "operatorname":
      return [`\\operatorname{${letters(node.body)}}`];
    case "text":
      return [`\\text{${words(node.body)}}`];
    case "delimsizing":
    case "middle":
      return node.delim === "." ? [] : [sign(node.delim)];
    case "leftright": {
      const array = node.body.length === 1 && node.body[0].type === "array" ? node.body[0] : null;
      if (array && node.left === "\\{" && node.right === ".") return environment("cases", array);
      if (array && node.left === "(" && node.right === ")") return environment("pmatrix", array);
      return [sign(node.left), ...list(node.body), sign(node.right)];
    }
    case "array":
      return environment("aligned", node, null); // where the alignment marks stand is layout
    default:
      throw new Error(`a node of type ${node.type}`);
  }
}

const answers = JSON.parse(readFileSync(0, "utf8")).map((tex) => {
  let tree;
  try {
    katex.renderToString(tex, { displayMode: true, strict: "error" });
    tree = katex.__parse(tex, { displayMode: true, strict: "error" });
  } catch (error) {
    return { error: error.message };
  }
  try {
    return { tokens: list(tree) };
  } catch (error) {
    return { tokens: [`KaTeX typesets it, as ${error.message}`] }; // no token of our reader: it has to refuse the formula
  }
});
console.log(JSON.stringify(answers));
