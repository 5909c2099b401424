// Python in a worker, for run.js: loads the files that the manifest names, each checked against its hash, then runs code and checks formulas.
//
// Each page starts a worker of its own. One shared by all pages could not be stopped: nothing outside ends a SharedWorker, and Chromium gives it no Worker inside that could be ended
// in its place. What is kept for the following pages is the start: see `begin`.
const CACHE = "dlref-runtime";
const LIMIT = 100_000; // characters of output of one run
const SITE = "/lib/python3.13/site-packages";

const say = (kind, values) => postMessage({ kind, ...values });
const stores = globalThis.caches; // not there where the page is not from https or this machine
const network = globalThis.fetch; // which Python does not get

class Refused extends Error {}
class Missing extends Error {}

async function hash(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function stored(key) {
  const found = await (await stores?.open(CACHE))?.match(key);
  return found && new Uint8Array(await found.arrayBuffer());
}

async function keep(key, bytes) {
  await (await stores?.open(CACHE))?.put(key, new Response(bytes));
}

// A file, told bit by bit while it comes; kept for the next time.
async function load(name, { url, size, sha256 }, base, arrived) {
  const address = new URL(url, base);
  const key = new URL(`${name}?${sha256}`, base).href;
  const kept = await stored(key).catch(() => undefined);
  if (kept && await hash(kept) === sha256) {
    arrived(size);
    return kept;
  }
  const parts = [];
  try {
    // Kept here and not by the browser as well, which may hold the file of another version of the site.
    const answer = await network(address, { cache: "no-store", credentials: "omit" });
    if (!answer.ok) throw new Missing(`${name}: ${answer.status}`);
    const reader = answer.body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(part.value);
      arrived(part.value.length);
    }
  } catch (error) {
    throw error instanceof TypeError ? new Missing(name) : error;
  }
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  if (await hash(bytes) !== sha256) throw new Refused(name);
  await keep(key, bytes).catch(() => undefined); // no room, or not allowed
  return bytes;
}

// What an older version of the site has left.
async function sweep(files, base) {
  const cache = await stores?.open(CACHE);
  const wanted = Object.entries(files).map(([name, { sha256 }]) => new URL(`${name}?${sha256}`, base).href);
  for (const { url } of await cache?.keys() ?? []) if (!wanted.includes(url) && !url.startsWith(place(files, base))) await cache.delete(url);
}

// ---- The start, kept: the memory of the interpreter as it began, and the packages unpacked, with what Python has compiled. A start from it takes a quarter of the time.

const place = (files, base) => new URL(`start-${Object.values(files).map(({ sha256 }) => sha256.slice(0, 8)).join("")}`, base).href;

async function keepStart(where, memory, packages) {
  const parts = { memory, ...packages };
  const list = JSON.stringify(Object.entries(parts).map(([name, { length }]) => [name, length]));
  const bytes = new Uint8Array(await new Blob([list, "\n", ...Object.values(parts)]).arrayBuffer());
  const key = `${where}?${await hash(bytes)}`;
  await forget(where);
  await keep(key, bytes);
}

async function forget(where) {
  await (await stores?.open(CACHE))?.delete(where, { ignoreSearch: true });
}

async function keptStart(where) {
  const [key] = await (await stores?.open(CACHE))?.keys(where, { ignoreSearch: true }) ?? [];
  const bytes = key && await stored(key);
  if (!bytes || await hash(bytes) !== new URL(key.url).search.slice(1)) return null;
  let end = bytes.indexOf(10);
  const parts = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end++))).map(([name, length]) => [name, bytes.subarray(end, end += length)]);
  const { memory, ...packages } = Object.fromEntries(parts);
  return { memory: memory.slice(), packages };
}

// The files of the packages, by their path.
function* installed(FS, folder = SITE) {
  for (const name of FS.readdir(folder)) {
    const path = `${folder}/${name}`;
    if (name === "." || name === "..") continue;
    if (FS.isDir(FS.stat(path).mode)) yield* installed(FS, path);
    else yield [path, FS.readFile(path)];
  }
}

function install(FS, packages) {
  for (const [path, bytes] of Object.entries(packages)) {
    FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    FS.writeFile(path, bytes, { canOwn: true });
  }
}

async function start(address) {
  const answer = await network(address, { cache: "no-cache" }).catch(() => { throw new Missing("manifest.json"); });
  if (!answer.ok) throw new Missing(`manifest.json: ${answer.status}`);
  const { files, packages } = await answer.json();
  const kept = await keptStart(place(files, address)).catch(() => null);
  return begin(files, packages, address, kept).catch(async (error) => {
    await forget(place(files, address)).catch(() => undefined); // the next worker starts from the files
    throw error;
  });
}

// Python, from the files or from the start that was kept, which is kept where it was not.
async function begin(files, packages, address, kept) {
  const wanted = Object.entries(files).filter(([name]) => !kept || !packages.includes(name));
  const total = wanted.reduce((sum, [, { size }]) => sum + size, 0);
  let loaded = 0;
  let told = 0;
  const arrived = (count) => {
    loaded += count;
    if (loaded < total && performance.now() - told < 100) return;
    told = performance.now();
    say("progress", { loaded, total });
  };
  const bytes = Object.fromEntries(await Promise.all(wanted.map(async ([name, file]) => [name, await load(name, file, address, arrived)])));
  say("starting");

  // Pyodide asks for its files by name and gets those that were checked; the network is out of its reach, and of the reader's code.
  globalThis.fetch = async (request) => {
    const name = new URL(request.url ?? request, address).pathname.split("/").pop();
    if (!(name in bytes)) throw new TypeError(`${name} is not part of the runtime`);
    return new Response(bytes[name], { headers: { "Content-Type": name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream" } });
  };
  const script = (name) => import(URL.createObjectURL(new Blob([bytes[name]], { type: "text/javascript" })));
  await script("pyodide.asm.js"); // defines what loadPyodide would load otherwise
  const { loadPyodide } = await script("pyodide.mjs");
  const base = new URL(".", address).href;
  const lockFileContents = new TextDecoder().decode(bytes["pyodide-lock.json"]);
  const keeps = !kept && Boolean(stores);
  const memory = kept ? { _loadSnapshot: kept.memory } : { _makeSnapshot: keeps };
  const python = await loadPyodide({ indexURL: base, packageBaseUrl: base, lockFileContents, ...memory });
  const snapshot = keeps && python.makeMemorySnapshot(); // before NumPy: Pyodide cannot keep the memory of its libraries
  if (kept) install(python.FS, kept.packages);
  else for (const name of packages) python.unpackArchive(bytes[name], "zip", { extractDir: SITE });
  const browser = python.pyimport("dlref._browser");
  browser.prepare(keeps);
  if (keeps) {
    const unpacked = Object.fromEntries(installed(python.FS));
    for (const path in unpacked) if (path.endsWith(".pyc")) unpacked[path][4] = 1; // PEP 552: valid without a look at the time of the source, which is new in each worker
    keepStart(place(files, address), snapshot, unpacked).catch(() => undefined); // no room, or not allowed
  }
  python.setStdin({ error: true });
  python.setStdout({ write: (text) => print(text, "out") });
  python.setStderr({ write: (text) => print(text, "err") });
  sweep(files, address).catch(() => undefined);
  return browser;
}

// What is printed goes out at once if nothing went for a while, so that an endless loop shows how far it is, and does not flood the page.
let texts = [];
let sent = 0;
let length = 0;
const decoders = { out: new TextDecoder(), err: new TextDecoder() };

function print(bytes, stream) {
  if (length < LIMIT) {
    const text = decoders[stream].decode(bytes, { stream: true });
    length += text.length;
    texts.push({ stream, text: length < LIMIT ? text : `${text}…\n` });
    if (performance.now() - sent > 50) flush();
  }
  return bytes.length;
}

function flush() {
  if (texts.length) say("printed", { texts });
  texts = [];
  sent = performance.now();
}

let browser = null;
onmessage = async ({ data: { kind, address, values } }) => {
  try {
    if (kind === "start") {
      browser = await start(address);
      return say("ready");
    }
    length = 0;
    sent = performance.now();
    const answer = JSON.parse(browser[kind](...values));
    flush();
    return say("answer", { answer });
  } catch (error) {
    flush();
    const what = error instanceof Refused ? "refused" : error instanceof Missing ? "missing" : "broken";
    return say("failed", { what, message: error.message });
  }
};
