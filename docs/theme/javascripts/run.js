// Run it here: snippets that run, and formulas that are checked, in the reader's browser. Nothing is loaded before the first click.
const { folder, outside, words } = JSON.parse(document.getElementById("dl-run").textContent);
const runtime = new URL(folder, location);
const LIMIT = 20_000; // milliseconds that a run may take

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

function make(tag, name, text = "", attributes = {}) {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function button(text, act) {
  const element = make("button", "dl-run__button", text, { type: "button" });
  element.addEventListener("click", act);
  return element;
}

// ---- The worker: started on the first click, kept, replaced after it was stopped

class Stopped extends Error {}

let worker = null; // null until the first click, and after a stop
let started = null; // settles when Python is there
let listener = null; // of the run under way
let last = Promise.resolve(); // runs wait for one another

function end(reason) {
  worker?.terminate();
  worker = started = null;
  listener?.failed({ what: reason });
}

function start() {
  worker = new Worker(new URL("run-worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data }) => listener?.[data.kind]?.(data));
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    end(event.message === undefined ? "missing" : "broken"); // without a message: the script itself did not come
  });
  return new Promise((resolve, reject) => {
    listener = { ...listener, ready: resolve, failed: ({ what, message }) => reject(new Stopped(what, { cause: message })) };
    worker.postMessage({ kind: "start", address: new URL("manifest.json", runtime).href });
  });
}

// Before anything is loaded from outside the site the reader is asked, once.
function agreed() {
  if (!outside || memory("get") === outside.host) return true;
  if (!confirm(fill(words.outside, { host: outside.host, size: megabytes(outside.size) }))) return false;
  memory("set", outside.host);
  return true;
}

function memory(kind, ...values) {
  try { return localStorage[`${kind}Item`]("dlref-outside", ...values); } catch { return null; } // no storage: asked on every page
}

// A question to the worker; the answer, or Stopped with the reason. Told of everything on the way.
function ask(kind, values, heard) {
  const mine = last.then(async () => {
    listener = heard;
    let timer;
    try {
      await (started ??= start());
      heard.running();
      return await new Promise((resolve, reject) => {
        listener = { ...heard, answer: (data) => resolve(data.answer), failed: ({ what, message }) => reject(new Stopped(what, { cause: message })) };
        timer = setTimeout(end, LIMIT, "timeout");
        worker.postMessage({ kind, values });
      });
    } catch (error) {
      end(); // whatever it was, the next run begins with a new worker
      throw error;
    } finally {
      clearTimeout(timer);
      listener = null;
    }
  });
  last = mine.catch(() => undefined);
  return mine;
}

// ---- What both have: a line that says how it stands, a bar while it loads, a box for the output

class Result {
  constructor(after, ...buttons) {
    this.box = make("div", "dl-run");
    const row = this.box.appendChild(make("div", "dl-run__row"));
    this.status = row.appendChild(make("p", "dl-run__status", "", { role: "status" }));
    this.bar = row.appendChild(make("progress", "dl-run__bar", "", { "aria-label": words.loading, hidden: "" }));
    this.stop = row.appendChild(button(words.stop, () => end("stopped")));
    this.stop.hidden = true;
    row.append(...buttons);
    this.output = this.box.appendChild(make("pre", "dl-run__output", "", { tabindex: "0", role: "group", "aria-label": words.output, hidden: "" }));
    this.printed = "";
    after.after(this.box);
  }

  say(text, kind = "") {
    this.status.textContent = text;
    this.box.dataset.kind = kind;
  }

  write(text, stream, language) {
    if (!text) return;
    if (stream === "out") this.printed += text;
    this.output.hidden = false;
    this.output.append(make("span", `dl-run__${stream}`, text, language ? { lang: language } : {}));
  }

  // Ask the worker and say how it went; null where there is no answer.
  async ask(kind, values) {
    if (this.busy || !agreed()) return null;
    this.busy = true;
    this.output.replaceChildren();
    this.output.hidden = true;
    this.printed = "";
    this.say(words.waiting);
    try {
      return await ask(kind, values, {
        progress: ({ loaded, total }) => {
          this.stop.hidden = this.bar.hidden = false;
          this.bar.max = total;
          this.bar.value = loaded;
          this.say(fill(words.progress, { loaded: megabytes(loaded), total: megabytes(total) }));
        },
        starting: () => this.say(words.starting),
        running: () => {
          this.stop.hidden = false;
          this.bar.hidden = true;
          this.say(words.running);
        },
        printed: ({ texts }) => { for (const { text, stream } of texts) this.write(text, stream); },
      });
    } catch (error) {
      this.say(fill(words[error.message] ?? words.broken, { what: error.cause ?? "" }), "failed");
      return null;
    } finally {
      this.busy = false;
      this.bar.hidden = this.stop.hidden = true;
    }
  }
}

function copied(element, text) {
  navigator.clipboard.writeText(text).then(() => {
    element.textContent = words.copied;
    setTimeout(() => { element.textContent = words.copy; }, 1500);
  }, () => undefined);
}

// ---- Snippets

let tries = 0;
const load = () => import(`${new URL("editor.js", runtime)}${tries++ ? `?${tries}` : ""}`); // a browser may remember that it failed

function snippet(block) {
  const listing = block.querySelector(".highlight");
  const shown = block.querySelector(".dl-output");
  const code = listing.querySelector("code").textContent.trimEnd();
  const expected = shown.querySelector("code").textContent.trimEnd();
  if (/^(?:import|from) torch\b/m.test(code)) {
    shown.append(make("p", "dl-run__note", words.torch));
    return;
  }
  let editor = null;
  let opening = null;
  let result = null;

  // Once. Without an editor, which may not come, the snippet still runs.
  const open = () => opening ??= load().then(({ edit }) => {
    const box = make("div", "dl-editor");
    editor = edit(box, code, words.editor, () => result.say(""));
    listing.hidden = true;
    listing.after(box);
  }).catch(() => { opening = null; });

  async function run() {
    const copy = button(words.copy, () => copied(copy, editor?.text ?? code));
    result ??= new Result(shown, button(words.reset, () => { if (editor) editor.text = code; }), copy);
    editor?.mark(0);
    if (!worker) open(); // while Python starts; where it is there, the result comes first
    const answer = await result.ask("run", [editor?.text ?? code]);
    if (answer?.error) {
      result.write(answer.error, "err", "en");
      result.say(answer.line ? fill(words.line, answer) : words.error, "failed");
    } else if (answer) {
      const same = result.printed.trimEnd() === expected;
      result.say(same ? words.same : words.different, same ? "same" : "different");
    }
    await open();
    editor?.mark(answer?.line ?? 0);
  }

  shown.append(button(words.run, run));
}

// ---- Formulas

function formula(block) {
  const anchor = block.querySelector(".dl-formula__body > a[id^='eq-']");
  const links = block.querySelector(".dl-formula__links");
  const source = block.querySelector(".dl-formula__display annotation")?.textContent;
  if (!anchor || !links || !source) return;
  let field = null;
  let result = null;

  async function check() {
    const answer = await result.ask("check", [anchor.id.slice(3), field.value]);
    if (!answer) return;
    const { ok, kind, values, reason, place, draw } = answer;
    result.say(kind === "statement" ? words[ok ? "statement same" : "statement different"] : ok ? words.holds : words[kind] ?? words.drifts, ok ? "same" : "different");
    if (kind === "statement") return;
    if (ok) return result.write(fill(words.draws, answer), "said");
    result.write(`${values ? fill(words.values, values) : fill(words.reason, { reason })}\n`, "said");
    result.write(`${place}\n`, "out", "en");
    if (draw) result.write(fill(words.at, answer), "said");
  }

  function open() {
    if (!field) {
      const label = make("label", "dl-check", words.latex);
      field = label.appendChild(make("textarea", "dl-check__field", "", { spellcheck: "false", autocapitalize: "off", rows: "1", lang: "en" }));
      field.value = source.replaceAll("\\\\ ", "\\\\\n");
      field.rows = Math.min(12, field.value.split("\n").length + 1);
      const first = field.value;
      field.addEventListener("input", () => result.say(""));
      links.after(label);
      result = new Result(label, button(words.check, check), button(words.reset, () => { field.value = first; result.say(""); }));
    }
    check();
  }

  links.append(" · ", button(words.check, open));
}

for (const block of document.querySelectorAll(".dl-formula__code .tabbed-block")) snippet(block);
for (const block of document.querySelectorAll(".dl-formula")) formula(block);
