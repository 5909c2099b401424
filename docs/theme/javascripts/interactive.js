// Figures that answer (dlref/site/interactive.py): parts of a picture follow the controls beneath it. Every number and every word
// was computed and printed when the site was built; here is no formula.
const still = matchMedia("(prefers-reduced-motion: reduce)");
const INTERVAL = 180; // milliseconds from row to row while playing

const number = (text) => Number(text.replace("−", "-"));

function start(figure) {
  const controls = figure.querySelector(".dl-controls");
  const { tracks, scenes, scale, position } = JSON.parse(controls.querySelector("script").textContent);
  const slider = controls.querySelector("input");
  const at = controls.querySelector(".dl-controls__at");
  const status = controls.querySelector(".dl-controls__says");
  const play = controls.querySelector(".dl-controls__play");
  const rows = {};
  for (const [key, text] of Object.entries(scenes)) rows[key] = text.split("\n").map((row) => row.split("|"));
  const part = (name) => figure.querySelector(`svg [data-part="${name}"]`);
  const cells = (group) => figure.querySelectorAll(`svg [data-part^="${group}-"]`);
  const cell = (element) => element.dataset.part.split("-").pop();
  const place = (row, [x, y]) => [scale[0] + scale[1] * number(row[x]), scale[2] + scale[3] * number(row[y])];
  const set = (element, text) => { if (element.textContent !== text) element.textContent = text; };

  // What a track shows: the key and the rows of its scene, the row of the position, the words chosen.
  function seen(track, i) {
    const selects = [...controls.querySelectorAll(".dl-controls__track")[i]?.querySelectorAll("select") ?? []];
    const key = selects.map((select) => select.value).join(" ");
    const words = Object.fromEntries(selects.map((select) => [select.name, select.selectedOptions[0].label]));
    return { track, key, table: rows[key], words };
  }

  const points = (table, columns) => table.map((row) => place(row, columns).map((value) => value.toFixed(1)));
  const line = (name, table, columns) => part(name).setAttribute("d", `M${points(table, columns).join("L")}`);
  const dots = (name, table, columns) => part(name).setAttribute("d", `M${points(table, columns).join("h0M")}h0`);

  function show() {
    const all = tracks.map(seen);
    const last = Math.max(...all.map(({ table }) => table.length)) - 1;
    const atEnd = slider.value === slider.max;
    if (Number(slider.max) !== last) {
      slider.max = last;
      if (atEnd) slider.value = last;
    }
    all.forEach(({ track, key, table, words }, i) => {
      const k = Math.min(Number(slider.value), table.length - 1);
      const row = table[k];
      const say = (template) => template.replace(/\{(\w+)\}/g, (_, word) => ({ ...row, ...words, k })[word]);
      const each = (kind, act) => Object.entries(track[kind] ?? {}).forEach(([name, value]) => act(name, value));
      each("lines", (name, columns) => line(name, table, columns));
      each("traces", (name, columns) => line(name, table.slice(0, k + 1), columns));
      each("dots", (name, columns) => dots(name, table.slice(0, k + 1), columns));
      each("moves", (name, columns) => part(name).setAttribute("transform", `translate(${points([row], columns)[0].join(" ")})`));
      each("grows", (name, column) => part(name).setAttribute("transform", `scale(${number(row[column])})`));
      each("prints", (name, template) => set(part(name), say(template)));
      each("shows", (group, chosen) => {
        const shown = chosen[key].split(",");
        for (const element of cells(group)) element.toggleAttribute("data-hidden", !shown.includes(cell(element)));
      });
      each("fills", (group, [name, value]) => {
        const texts = Object.fromEntries(table.map((values) => [values[name], values[value]]));
        for (const element of cells(group)) {
          element.toggleAttribute("data-hidden", !(cell(element) in texts));
          set(element.querySelector("text"), texts[cell(element)] ?? "");
        }
      });
      each("lights", (group, column) => {
        const lit = row[column].split(",");
        for (const element of cells(group)) element.toggleAttribute("data-lit", lit.includes(cell(element)));
      });
      set(status.children[i], say(track.says));
      if (i === 0) {
        set(at, say(position.says));
        slider.setAttribute("aria-valuetext", at.textContent);
      }
    });
  }

  function step(by) {
    slider.value = Number(slider.value) + by;
    show();
  }

  let timer = 0;
  function stop() {
    clearInterval(timer);
    timer = 0;
    status.ariaLive = "polite";
    if (play) play.textContent = play.dataset.play;
  }

  play?.addEventListener("click", () => {
    if (timer) return stop();
    if (slider.value === slider.max) slider.value = 0;
    status.ariaLive = "off"; // a row every moment is too much to be read out
    play.textContent = play.dataset.pause;
    show();
    timer = setInterval(() => {
      step(1);
      if (slider.value === slider.max) stop();
    }, INTERVAL);
    return timer;
  });
  still.addEventListener("change", stop);
  for (const button of controls.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => { stop(); step(Number(button.dataset.step)); });
  }
  slider.addEventListener("input", () => { stop(); show(); });
  controls.addEventListener("change", (event) => { if (event.target !== slider) show(); });
  controls.disabled = false;
}

for (const figure of document.querySelectorAll(".dl-interactive")) start(figure);

// A link to a formula, beneath a picture, lights the part that stands for it; the part, unless there are controls, lights the link and leads there.
for (const link of document.querySelectorAll(".dl-figure__links a[data-part]")) {
  const part = document.getElementById(link.dataset.part);
  const light = ({ type }) => {
    for (const element of [part, link]) element.toggleAttribute("data-lit", ["pointerenter", "focus"].includes(type));
  };
  for (const event of ["pointerenter", "pointerleave", "focus", "blur"]) link.addEventListener(event, light);
  if (link.closest(".dl-interactive")) continue;
  for (const event of ["pointerenter", "pointerleave"]) part.addEventListener(event, light);
  part.addEventListener("click", () => link.click());
  part.setAttribute("data-linked", "");
}
