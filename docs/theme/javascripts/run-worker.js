// Python in a worker, for run.js: loads the files that the manifest names, each checked against its hash, then runs code and checks formulas.
const CACHE = "dlref-runtime";
const LIMIT = 100_000; // characters of output of one run
const SITE = "/lib/python3.13/site-packages";

const say = (kind, values) => postMessage({ kind, ...values });
const stores = globalThis.caches; // not there where the page is not from https or this machine

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
    const answer = await fetch(address, { cache: kept ? "reload" : "default", credentials: "omit" });
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
  for (const { url } of await cache?.keys() ?? []) if (!wanted.includes(url)) await cache.delete(url);
}

async function start(address) {
  const answer = await fetch(address, { cache: "no-cache" }).catch(() => { throw new Missing("manifest.json"); });
  if (!answer.ok) throw new Missing(`manifest.json: ${answer.status}`);
  const { files } = await answer.json();
  const total = Object.values(files).reduce((sum, { size }) => sum + size, 0);
  let loaded = 0;
  let told = 0;
  const arrived = (count) => {
    loaded += count;
    if (loaded < total && performance.now() - told < 100) return;
    told = performance.now();
    say("progress", { loaded, total });
  };
  const pairs = Object.entries(files).map(async ([name, file]) => [name, await load(name, file, address, arrived)]);
  const bytes = Object.fromEntries(await Promise.all(pairs));
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
  const python = await loadPyodide({ indexURL: base, packageBaseUrl: base, lockFileContents: new TextDecoder().decode(bytes["pyodide-lock.json"]) });
  if (Object.keys(files).some((name) => name.startsWith("numpy-"))) {
    await python.loadPackage("numpy", { checkIntegrity: false, messageCallback: () => {} }); // checked above
  }
  for (const name of ["array_api_compat.zip", "dlref.zip"]) python.unpackArchive(bytes[name], "zip", { extractDir: SITE });
  python.setStdin({ error: true });
  python.setStdout({ write: (text) => print(text, "out") });
  python.setStderr({ write: (text) => print(text, "err") });
  sweep(files, address).catch(() => undefined);
  return python.pyimport("dlref._browser");
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
